//! Rule packs: what is in force and what comes, drafts with their differences and a dry run, and the second person's word.

use std::sync::Arc;

use axum::extract::{Form, Multipart, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use maud::{Markup, html};
use senim_domain::rule_pack::RulePack;
use senim_gateway_core::{
    Actor, Decision, DryRun, Gateway, GatewayError, MAX_RULE_PACK_BYTES, PackDraft, PackRefusal, PackState,
    PublishedPack, Refusal, Right, Tally, differences,
};

use super::page::{csrf, for_visitor, notice, own, reason, signed};
use super::rule_words::{field, ground, refusal, value};
use super::session::Visitor;
use super::text::{Lang, moment};
use super::{Answer, Desk, Fields, Trouble, actor};
use crate::clock::now;

/// Largest form: a pack as text and as a file, and the fields beside them.
pub(crate) const MAX_FORM: usize = 2 * MAX_RULE_PACK_BYTES + (64 << 10);

pub(crate) async fn page(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Query(query): Query<Fields>,
) -> Answer {
    let visitor = desk.visitor(&headers, &query, Right::SeeRulePacks).await?;
    let lang = visitor.lang;
    let (packs, drafts) =
        desk.ask(|gateway| Ok((gateway.published_rule_packs(now())?, gateway.rule_pack_drafts()?))).await?;
    let (decided, open): (Vec<_>, Vec<_>) = drafts.iter().partition(|draft| draft.decided.is_some());
    let content = html! {
        h1 { (lang.say("Ереже жинақтары", "Пакеты правил")) }
        @if query.contains_key("done") {
            (notice("good", lang.say("Шешім қабылданды.", "Решение принято.")))
        }
        section {
            h2 { (lang.say("Шешім күтіп тұрған жобалар", "Черновики ждут решения")) }
            @if open.is_empty() { p { (lang.say("Жоқ.", "Нет.")) } } @else { (draft_list(lang, &open)) }
            @if visitor.may(Right::ChangeRulePacks) {
                p { a href="/rules/new" { (lang.say("Жаңа жоба жазу", "Новый черновик")) } }
            }
        }
        section {
            h2 { (lang.say("Жарияланғандар", "Опубликованные")) }
            @if packs.is_empty() { p { (lang.say("Әзірге жоқ.", "Пока нет.")) } } @else { (pack_list(lang, &packs)) }
        }
        @if !decided.is_empty() { section {
            h2 { (lang.say("Шешілген жобалар", "Решённые черновики")) }
            (draft_list(lang, &decided))
        } }
    };
    Ok(for_visitor(&visitor, &query, "/rules", &content))
}

fn pack_list(lang: Lang, packs: &[PublishedPack]) -> Markup {
    html! { table {
        thead { tr {
            th class="n" { "№" } th { (lang.say("Күйі", "Состояние")) } th { (lang.say("Күшіне енуі", "Вступает в силу")) }
            th { (lang.say("Аяқталуы", "Истекает")) } th { (lang.say("Терминалдар", "Терминалы")) } th { "SHA-256" }
        } }
        tbody { @for one in packs { tr {
            td class="n" { (one.pack.version) }
            td { @match one.state {
                PackState::InForce => span class="mark good" { (lang.say("күшінде", "действует")) },
                PackState::Waiting => span class="mark wait" { (lang.say("уақытын күтуде", "ждёт срока")) },
                PackState::Past => { (lang.say("өткен", "прошлый")) },
            } }
            td class="t" { (moment(one.pack.effective_from)) } td class="t" { (moment(one.pack.expires)) }
            td { @if one.sent { (lang.say("барлығына жіберілді", "отправлен всем")) }
                @else { (lang.say("уақытында барлығына жіберіледі", "в срок уйдёт всем")) } }
            td { code { (one.sha256) } }
        } } }
    } }
}

fn draft_list(lang: Lang, drafts: &[&PackDraft]) -> Markup {
    html! { table { tbody { @for draft in drafts { tr {
        td class="n" { "№ " (draft.pack.version) }
        td { (draft_state(lang, draft)) }
        td { (draft.proposed.by.person()) ": " (draft.proposed.by.reason()) }
        td class="t" { (moment(draft.proposed.at)) }
        td { a href={ "/rules/drafts/" (draft.draft) } { (lang.say("Қарау", "Посмотреть")) } }
    } } } } }
}

fn draft_state(lang: Lang, draft: &PackDraft) -> Markup {
    html! { @match draft.decided.as_ref().map(|(decision, _)| decision) {
        None => span class="mark wait" { (lang.say("бекітілмеген", "не подтверждён")) },
        Some(Decision::Published) => span class="mark good" { (lang.say("жарияланды", "опубликован")) },
        Some(Decision::Declined) => span class="mark" { (lang.say("қабылданбады", "отклонён")) },
    } }
}

/// The form of a new draft, with the newest pack in it.
pub(crate) async fn new(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Query(query): Query<Fields>,
) -> Answer {
    let visitor = desk.visitor(&headers, &query, Right::ChangeRulePacks).await?;
    let newest = desk.ask(|gateway| Ok(gateway.published_rule_packs(now())?.into_iter().next())).await?;
    let text = match newest {
        Some(newest) => {
            let version = newest.pack.version.saturating_add(1);
            serde_json::to_string_pretty(&RulePack { version, ..newest.pack }).unwrap_or_default()
        }
        None => String::new(),
    };
    Ok(for_visitor(&visitor, &query, "/rules/new", &form(&visitor, &text, "", None)))
}

fn form(visitor: &Visitor, text: &str, why: &str, fault: Option<&str>) -> Markup {
    let lang = visitor.lang;
    html! {
        h1 { (lang.say("Ереже жинағының жобасы", "Черновик пакета правил")) }
        @if let Some(fault) = fault { (notice("bad", fault)) }
        section {
            p { (lang.say(
                "Нөмірін арттырып, күшіне ену сәтін (effective_from) алға қойыңыз. Екінші қызметкер бекіткен соң жинақ МҚҰ кілтімен қол қойылып, терминалдарға өз уақытында жетеді.",
                "Увеличьте номер и поставьте начало действия (effective_from) в будущем. После подтверждения вторым сотрудником пакет подписывается ключом МФО и приходит на терминалы в свой срок.",
            )) }
            form method="post" action="/rules/drafts" enctype="multipart/form-data" {
                (csrf(visitor))
                label { (lang.say("Мәтіні (JSON)", "Текст (JSON)"))
                    textarea name="text" rows="24" class="code" spellcheck="false" autocomplete="off" { "\n" (text) } }
                label { (lang.say("немесе файл", "или файл")) input type="file" name="file" accept=".json,application/json"; }
                label { (lang.say("Неге (шешім, хаттама)", "Основание (решение, протокол)"))
                    textarea name="reason" required maxlength="500" rows="2" { (why) } }
                button { (lang.say("Тексеріп, ұсыну", "Проверить и предложить")) }
            }
        }
    }
}

pub(crate) async fn propose(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    mut parts: Multipart,
) -> Answer {
    let mut fields = Fields::new();
    while let Some(part) = parts.next_field().await.map_err(Trouble::broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(Trouble::broken)?;
        fields.insert(name, String::from_utf8_lossy(&bytes).into_owned());
    }
    let visitor = desk.author(&headers, &fields, Right::ChangeRulePacks).await?;
    let by = actor(&visitor, &fields)?;
    let typed = fields.remove("text").unwrap_or_default();
    let text = fields.remove("file").filter(|file| !file.trim().is_empty()).unwrap_or(typed);
    let asked = text.clone();
    let propose = move |gateway: &Gateway| gateway.propose_rule_pack(&asked, &by, now());
    match desk.ask(propose).await {
        Ok(draft) => Ok(Redirect::to(&format!("/rules/drafts/{}", draft.draft)).into_response()),
        Err(Trouble::Refused(Refusal::RulePack(why))) => {
            let reason = fields.get("reason").map(String::as_str).unwrap_or_default();
            let content = form(&visitor, &text, reason, Some(&refusal(visitor.lang, &why)));
            let page = for_visitor(&visitor, &Fields::new(), "/rules/new", &content);
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(trouble) => Err(trouble),
    }
}

pub(crate) async fn draft(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(query): Query<Fields>,
) -> Answer {
    let visitor = desk.visitor(&headers, &query, Right::SeeRulePacks).await?;
    let lang = visitor.lang;
    let asked = id.clone();
    let (draft, in_force, run) = desk
        .ask(move |gateway| {
            let draft = gateway.rule_pack_draft(&asked)?.ok_or(Refusal::RulePack(PackRefusal::Gone))?;
            let packs = gateway.published_rule_packs(now())?;
            let in_force = packs.into_iter().find(|one| one.state == PackState::InForce);
            let run = gateway.dry_run(&draft.pack, now())?;
            Ok((draft, in_force.map(|one| one.pack), run))
        })
        .await
        .map_err(|trouble| in_words(&visitor, trouble))?;
    let sha256 = draft.sha256().map_err(|_| Trouble::Later)?;
    let content = html! {
        h1 { (lang.say("Ереже жинағының жобасы № ", "Черновик пакета правил № ")) (draft.pack.version) " " (draft_state(lang, &draft)) }
        section { dl {
            (signed(lang.say("Ұсынған", "Предложил"), &draft.proposed))
            @if let Some((_, decided)) = &draft.decided { (signed(lang.say("Шешкен", "Решил"), decided)) }
            dt { (lang.say("Күшіне енуі", "Вступает в силу")) } dd { (moment(draft.pack.effective_from)) }
            dt { "SHA-256" } dd { code { (sha256) } }
        } }
        (changes(lang, in_force.as_ref(), &draft.pack)?)
        (outcome(lang, &run))
        @if draft.decided.is_none() { (decision(&visitor, &draft, &sha256)) }
    };
    Ok(for_visitor(&visitor, &query, &format!("/rules/drafts/{id}"), &content))
}

fn changes(lang: Lang, old: Option<&RulePack>, new: &RulePack) -> Result<Markup, Trouble> {
    let json = |pack: &RulePack| serde_json::to_value(pack).map_err(|_| Trouble::Later);
    let Some(old) = old else {
        return Ok(html! { section {
            (notice("wait", lang.say("Күшінде жинақ жоқ: салыстыратын ештеңе жоқ.", "Действующего пакета нет: сравнивать не с чем.")))
        } });
    };
    let found = differences(&json(old)?, &json(new)?);
    Ok(html! { section {
        h2 { (lang.say("Күшіндегі жинақтан айырмасы", "Отличия от действующего пакета")) " (№ " (old.version) ")" }
        table {
            thead { tr { th { (lang.say("Не", "Что")) } th { (lang.say("Бұрын", "Было")) } th { (lang.say("Енді", "Станет")) } } }
            tbody { @for one in &found { tr {
                td { (field(lang, &one.path)) }
                td { (value(lang, &one.path, one.old.as_ref())) }
                td { strong { (value(lang, &one.path, one.new.as_ref())) } }
            } } }
        }
    } })
}

fn outcome(lang: Lang, run: &DryRun) -> Markup {
    let tally = |words: &str, tally: &Tally| {
        html! { tr {
            td { (words) } td class="n" { (tally.offered) } td class="n" { (tally.refused.values().sum::<u64>()) }
            td { @for (why, count) in &tally.refused { (ground(lang, *why)) ": " (count) "; " } }
        } }
    };
    html! { section {
        h2 { (lang.say("Жазылған өтінімдерде сынау", "Проверка на записанных заявках")) }
        @if let Some((first, last)) = run.span {
            p { (lang.say("Өтінім: ", "Заявок: ")) strong { (run.applications) } ", " (moment(first)) " – " (moment(last)) ". "
                @if run.more { (lang.say("Бұдан ескілері қаралған жоқ.", "Более старые строки не смотрели.")) } }
            table {
                thead { tr { th {} th class="n" { (lang.say("Ұсыныс", "Предложено")) } th class="n" { (lang.say("Бас тарту", "Отказано")) } th { (lang.say("Себептері", "Причины")) } } }
                tbody {
                    (tally(lang.say("Күшіндегі жинақпен", "По действующему"), &run.before))
                    (tally(lang.say("Жоба бойынша", "По черновику"), &run.after))
                }
            }
            dl {
                dt { (lang.say("Енді ұсынылады", "Теперь предложено")) } dd { (run.newly_offered) }
                dt { (lang.say("Енді бас тартылады", "Теперь отказано")) } dd { (run.newly_refused) }
                dt { (lang.say("Арзандайды", "Станет дешевле")) } dd { (run.cheaper) }
                dt { (lang.say("Қымбаттайды", "Станет дороже")) } dd { (run.dearer) }
            }
        } @else { p { (lang.say("Жазылған өтінім жоқ.", "Записанных заявок нет.")) } }
        p class="quiet-text" { (lang.say(
            "Жинақтың өзі шешетіні ғана тексеріледі: өнім, сома, мерзім, беру тәсілі, заңдық шектер. Адам туралы тексерулер (жас, бюро, тізімдер, борыш жүктемесі) қайталанбайды.",
            "Проверяется только то, что решает сам пакет: продукт, сумма, срок, способ выдачи, законные пределы. Проверки человека (возраст, бюро, списки, долговая нагрузка) не повторяются.",
        )) }
    } }
}

fn decision(visitor: &Visitor, draft: &PackDraft, sha256: &str) -> Markup {
    let lang = visitor.lang;
    html! { section {
        h2 { (lang.say("Шешім", "Решение")) }
        @if own(visitor, &draft.proposed) || !visitor.may(Right::ChangeRulePacks) {
            (notice("wait", lang.say("Екінші қызметкердің бекітуін күтуде.", "Ждёт подтверждения второго сотрудника.")))
        } @else {
            form method="post" action={ "/rules/drafts/" (draft.draft) "/approve" } {
                (csrf(visitor))
                input type="hidden" name="seen" value=(sha256);
                (reason(lang.say("Нені тексердіңіз", "Что вы проверили")))
                button { (lang.say("Қол қойып, жариялау", "Подписать и опубликовать")) }
            }
        }
        @if visitor.may(Right::ChangeRulePacks) { details {
            summary { (lang.say("Жобаны қабылдамау", "Отклонить черновик")) }
            form method="post" action={ "/rules/drafts/" (draft.draft) "/decline" } {
                (csrf(visitor))
                (reason(lang.say("Неге", "Почему")))
                button class="danger" { (lang.say("Қабылдамау", "Отклонить")) }
            }
        } }
    } }
}

pub(crate) async fn approve(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(form): Form<Fields>,
) -> Answer {
    let seen = form.get("seen").cloned().unwrap_or_default();
    decide(&desk, &headers, &form, move |gateway, by| {
        gateway.approve_rule_pack(&id, &seen, by, now()).map(drop)
    })
    .await
}

pub(crate) async fn decline(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(form): Form<Fields>,
) -> Answer {
    decide(&desk, &headers, &form, move |gateway, by| gateway.decline_rule_pack(&id, by, now())).await
}

async fn decide(
    desk: &Desk,
    headers: &HeaderMap,
    form: &Fields,
    decide: impl FnOnce(&Gateway, &Actor) -> Result<(), GatewayError> + Send + 'static,
) -> Answer {
    let visitor = desk.author(headers, form, Right::ChangeRulePacks).await?;
    let by = actor(&visitor, form)?;
    desk.ask(move |gateway| decide(gateway, &by)).await.map_err(|trouble| in_words(&visitor, trouble))?;
    Ok(Redirect::to("/rules?done=1").into_response())
}

/// A refusal in the visitor's language.
fn in_words(visitor: &Visitor, trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Refused(Refusal::RulePack(why)) => {
            Trouble::Told(Box::new(visitor.clone()), refusal(visitor.lang, &why))
        }
        other => other,
    }
}
