//! The contract on the screen: one page at a time, drawn when it is turned to.

use senim_document::show::Pages;
use senim_domain::SecretBytes;
use senim_ui_model::Contract;
use slint::{ComponentHandle, Image, Model, Rgb8Pixel, SharedPixelBuffer};

use crate::bind::App;
use crate::generated::{Theme, Ui};
use crate::show::{model, number, set_pairs, text};

/// The file that is on the screen.
pub(crate) struct Shown {
    pdf: SecretBytes,
    pages: Pages,
}

/// Shows a contract; one that is there already keeps its page.
pub(crate) fn show(app: &App, ui: &Ui<'_>, contract: &Contract) {
    set_pairs(&ui.get_key_terms(), &contract.key_terms, |rows| ui.set_key_terms(rows));
    ui.set_kept_document(text(contract.kept.as_ref().map_or("", |kept| kept.expose())));
    let paragraphs = || contract.paragraphs.iter().map(|paragraph| text(paragraph.expose()));
    if !ui.get_paragraphs().iter().eq(paragraphs()) {
        ui.set_paragraphs(model(paragraphs().collect()));
    }
    let same = app.inner.local.borrow().contract.as_ref().is_some_and(|shown| shown.pdf == contract.pdf);
    if same {
        return;
    }
    let Ok(pages) = Pages::open(&contract.pdf) else {
        tracing::error!("the contract cannot be drawn; its text in large print can be read");
        return;
    };
    ui.set_page_count(number(pages.count()));
    app.inner.local.borrow_mut().contract = Some(Shown { pdf: contract.pdf.clone(), pages });
    turn(app, 0);
}

/// Turns to a page, from 0.
pub(crate) fn turn(app: &App, page: usize) {
    let local = app.inner.local.borrow();
    // As wide as the screen shows it, so that letters stay smooth.
    let width = app.inner.window.global::<Theme>().get_page().round().max(1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a width on a panel, above 0"
    )]
    let width = width as u32;
    let Some(picture) = local.contract.as_ref().and_then(|shown| shown.pages.draw(page, width)) else {
        return;
    };
    let mut pixels = SharedPixelBuffer::<Rgb8Pixel>::new(picture.width, picture.height);
    if pixels.as_bytes().len() == picture.rgb.expose().len() {
        pixels.make_mut_bytes().copy_from_slice(picture.rgb.expose());
    }
    let ui = app.ui();
    ui.set_page_image(Image::from_rgb8(pixels));
    ui.set_page_index(number(page));
}
