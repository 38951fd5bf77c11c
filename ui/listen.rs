//! The screen for ears: what is drawn goes to the narrator as assistive technology would be told of it, and what its user
//! chooses is done to the very element.
//!
//! Slint hands its accessibility tree to a desktop's bus only; on a kiosk's bare display there is none, so it is read here.

use i_slint_core::accessibility::{AccessibilityAction, AccessibleStringProperty, accessible_descendents};
use i_slint_core::item_tree::{ItemRc, ParentItemTraversalMode};
use i_slint_core::items::{AccessibleRole, Clip};
use i_slint_core::window::WindowInner;
use senim_domain::Secret;
use senim_ui_model::speech::{Element, Event, Kind, Order, Page};
use slint::ComponentHandle;

use crate::bind::App;
use crate::generated;

/// What lies over a screen, the uppermost first: nothing under it can be pressed.
pub(crate) const OVER: [&str; 4] = ["still-there", "comfort-page", "help-page", "table"];
/// What stands on every screen is read last.
const HEADER: &str = "header";

impl App {
    /// Where words go that are to be said; replaces an earlier listener. Called on the event loop's thread.
    pub fn on_speech(&self, listener: impl Fn(Order) + 'static) {
        *self.inner.speech.borrow_mut() = Some(std::rc::Rc::new(listener));
    }

    /// The keypad or its headphones told something.
    pub fn assistive(&self, event: &Event) {
        let page = self.heard();
        let orders = {
            let mut narrator = self.inner.narrator.borrow_mut();
            match event {
                Event::Headphones { plugged } => narrator.headphones(*plugged, page),
                Event::Connected { there: true } => Vec::new(),
                Event::Connected { there: false } => narrator.headphones(false, Page::default()),
                Event::Pressed(key) => narrator.key(*key, page),
            }
        };
        self.ui().set_listening(self.inner.narrator.borrow().is_listening());
        self.carry_out(orders);
        self.listen();
    }

    /// Tells the narrator of the screen, where somebody listens.
    pub(crate) fn listen(&self) {
        if !self.inner.narrator.borrow().is_listening() {
            return;
        }
        let page = self.heard();
        let orders = self.inner.narrator.borrow_mut().shown(page);
        self.carry_out(orders);
    }

    /// Name of the element that the keypad's user stands on.
    #[cfg(feature = "rig")]
    pub(crate) fn stands_on(&self) -> Option<String> {
        let narrator = self.inner.narrator.borrow();
        narrator.stands_on().filter(|_| narrator.is_listening()).map(str::to_owned)
    }

    fn carry_out(&self, orders: Vec<Order>) {
        let listener = self.inner.speech.borrow().clone();
        for order in orders {
            match order {
                // A press may show another view, which is heard in its turn.
                Order::Press(id) => self.press_by_name(&id),
                order => {
                    if let Some(listener) = &listener {
                        listener(order);
                    }
                }
            }
        }
    }

    fn press_by_name(&self, id: &str) {
        let tree = Tree::of(self);
        if let Some((_, item)) = tree.reading().find(|(element, _)| element.id == id && element.enabled) {
            item.accessible_action(&AccessibilityAction::Default);
        }
    }

    /// The screen as it is heard.
    #[must_use]
    pub fn heard(&self) -> Page {
        let tree = Tree::of(self);
        let local = self.inner.local.borrow();
        let over = tree.over.as_ref().map_or("", |(name, _)| name);
        Page {
            name: format!("{:?} {} {} {over}", local.page, local.detail, local.hand.step()),
            language: local.language,
            elements: tree.reading().map(|(element, _)| element.clone()).collect(),
            secret: local.page == generated::Page::EnterCode || self.ui().get_masked(),
        }
    }
}

/// Everything on the screen that can be said or pressed.
#[derive(Default)]
struct Tree {
    content: Vec<(Element, ItemRc)>,
    header: Vec<(Element, ItemRc)>,
    /// What lies over it, by its name.
    over: Option<(&'static str, Vec<(Element, ItemRc)>)>,
}

impl Tree {
    fn of(app: &App) -> Self {
        let mut tree = Self::default();
        let window = WindowInner::from_pub(app.inner.window.window());
        // A page that was put on the screen just now is built when it is drawn, or here.
        window.ensure_tree_instantiated();
        if let Some(component) = window.try_component() {
            let mut content = Vec::new();
            tree.walk(&ItemRc::new_root(component), &mut content);
            tree.content = content;
        }
        tree
    }

    /// In the order of reading.
    fn reading(&self) -> impl Iterator<Item = &(Element, ItemRc)> {
        let (content, header) = match &self.over {
            Some((_, over)) => (over.as_slice(), [].as_slice()),
            None => (self.content.as_slice(), self.header.as_slice()),
        };
        content.iter().chain(header)
    }

    fn walk(&mut self, root: &ItemRc, into: &mut Vec<(Element, ItemRc)>) {
        for item in accessible_descendents(root).filter(|item| !is_hidden(item)) {
            let text = |what| item.accessible_string_property(what).map(String::from).unwrap_or_default();
            let id = text(AccessibleStringProperty::Id);
            let kind = match item.accessible_role() {
                AccessibleRole::Groupbox => {
                    self.walk_group(&item, &id, into);
                    continue;
                }
                AccessibleRole::Button => Kind::Button,
                AccessibleRole::Slider => Kind::Slider,
                _ => Kind::Text,
            };
            let label = Secret::new(text(AccessibleStringProperty::Label));
            if label.is_empty() {
                continue;
            }
            let value = match kind {
                Kind::Slider => Secret::new(text(AccessibleStringProperty::Value)),
                Kind::Text | Kind::Button => Secret::default(),
            };
            let enabled = text(AccessibleStringProperty::Enabled) != "false";
            into.push((Element { id, kind, label, value, enabled }, item));
        }
    }

    fn walk_group(&mut self, group: &ItemRc, id: &str, into: &mut Vec<(Element, ItemRc)>) {
        let mut inside = Vec::new();
        self.walk(group, &mut inside);
        let place = |name: &str| OVER.iter().position(|over| *over == name);
        if id == HEADER {
            self.header = inside;
        } else if let Some(name) = OVER.iter().find(|over| **over == id) {
            let under = self.over.as_ref().is_some_and(|(shown, _)| place(shown) < place(name));
            if !under {
                self.over = Some((name, inside));
            }
        } else {
            into.append(&mut inside);
        }
    }
}

/// Whether something is not shown at all. What is scrolled out of sight is only further down.
fn is_hidden(item: &ItemRc) -> bool {
    let mut at = Some(item.clone());
    while let Some(item) = at {
        if let Some(clip) = item.downcast::<Clip>() {
            let clip = clip.as_pin_ref();
            if clip.is_visibility_clip() && clip.clip() {
                return true;
            }
        }
        at = item.parent_item(ParentItemTraversalMode::StopAtPopups);
    }
    false
}
