//! What clients have to be told in writing, and by when: that their data leaked, that interest and collection
//! rest, that a verdict wrote the debt off.
//!
//! Core lending says what is due; the gateway keeps each duty with its last day on the calendar of the rule pack, writes a
//! letter into the cabinet and sends a text message, and counts what is overdue. A duty is done once its letter is there,
//! or was read at a terminal; a text message alone is none.

use senim_domain::rule_pack::{RulePack, TextId};
use senim_domain::{ClientId, Language, OperationId, Secret, Tiyn, UtcMillis, calendar};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::connectors::{CabinetMessage, Client, ConnectorError, NoticeAbout, NoticeDue};
use crate::entropy::uuid;
use crate::error::GatewayError;
use crate::store::{self, Change, Collection, Expect};

/// How the keys of what is still to be delivered begin in the outbox.
pub(crate) const DUTY: &str = "duty/";
/// What an unauthorised access is called in keys.
const ACCESS: &str = "access";
/// Open duties that are counted.
const COUNTED: usize = 100_000;

/// A client has to be told something in writing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeRecord {
    /// What is due.
    #[serde(flatten)]
    pub notice: NoticeDue,
    /// When this gateway learned of it.
    pub learned: UtcMillis,
    /// Last day, `YYYY-MM-DD`; none where no rule pack was in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Identity of the letter.
    pub letter: OperationId,
    /// When core lending took the letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<UtcMillis>,
    /// When the text message was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texted: Option<UtcMillis>,
    /// When it was read and acknowledged at a terminal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<UtcMillis>,
}

/// Duties that are not done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenNotices {
    /// All of them.
    pub open: usize,
    /// Those whose last day is over.
    pub overdue: usize,
}

/// A delivery that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Delivery {
    /// Key of the duty.
    pub duty: String,
    /// How.
    pub way: Way,
}

/// How a client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Way {
    /// By a letter in the cabinet.
    Letter,
    /// By a text message.
    Text,
}

fn key_of(notice: &NoticeDue) -> String {
    let about = match &notice.about {
        NoticeAbout::DataLeak => "leak".to_owned(),
        NoticeAbout::Suspension { loan, .. } => format!("suspension-{loan}"),
        NoticeAbout::WriteOff { loan, .. } => format!("writeOff-{loan}"),
        NoticeAbout::LowerRate { loan, .. } => format!("lowerRate-{loan}"),
        NoticeAbout::Resumption { loan, .. } => format!("resumption-{loan}"),
        NoticeAbout::UnauthorisedAccess => ACCESS.to_owned(),
    };
    format!("{}/{about}/{}", notice.client, notice.since)
}

fn last_day(pack: &RulePack, notice: &NoticeDue) -> Option<String> {
    let days = match notice.about {
        NoticeAbout::DataLeak | NoticeAbout::UnauthorisedAccess => pack.deadlines.incident_notice,
        NoticeAbout::Suspension { .. } | NoticeAbout::LowerRate { .. } | NoticeAbout::Resumption { .. } => {
            pack.deadlines.suspension
        }
        NoticeAbout::WriteOff { .. } => pack.deadlines.write_off,
    };
    let last = pack.calendar.after_business_days(calendar::local_date(notice.since)?, days)?;
    Some(last.to_string())
}

/// Where an open duty is found by its last day; one without a last day is first.
fn open_key(record: &NoticeRecord) -> String {
    format!("{}/{}", record.due.as_deref().unwrap_or("0000-00-00"), key_of(&record.notice))
}

impl NoticeRecord {
    /// Whether the client was told in writing.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.written.is_some() || self.read.is_some()
    }
}

impl Gateway {
    /// Asks core lending what clients have to be told, and takes up what is new. To be called from time to time; returns how
    /// many duties are new.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn learn_notices(&self, now: UtcMillis) -> Result<usize, GatewayError> {
        let due = match self.connectors.core.notices_due() {
            Ok(due) => due,
            Err(error) if error.is_not_offered() => return Ok(0),
            Err(error) => {
                tracing::warn!(%error, "what clients have to be told is not known");
                return Ok(0);
            }
        };
        let mut new = 0_usize;
        for notice in due {
            let taken_up = self.deciding(|| {
                let mut changes = Vec::new();
                self.take_up(&notice, now, &mut changes)?;
                self.store.commit(&changes)?;
                Ok(!changes.is_empty())
            })?;
            new = new.saturating_add(usize::from(taken_up));
        }
        Ok(new)
    }

    /// Takes up a duty, once.
    pub(crate) fn take_up(
        &self,
        notice: &NoticeDue,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let key = key_of(notice);
        if self.store.document(Collection::Notice, &key)?.is_some() {
            return Ok(());
        }
        let due = self.rule_pack(now)?.and_then(|pack| last_day(&pack, notice));
        let letter = OperationId(uuid(self.entropy.as_ref(), now)?);
        let record = NoticeRecord {
            notice: notice.clone(),
            learned: now,
            due,
            letter,
            written: None,
            texted: None,
            read: None,
        };
        changes.push(store::put(Collection::Notice, &key, Expect::Absent, &record)?);
        changes.push(store::put(Collection::OpenNotice, &open_key(&record), Expect::Any, &key)?);
        for (way, name) in [(Way::Letter, "letter"), (Way::Text, "text")] {
            let waits = Delivery { duty: key.clone(), way };
            changes.push(store::put(
                Collection::Outbox,
                &format!("{DUTY}{key}/{name}"),
                Expect::Any,
                &waits,
            )?);
        }
        Ok(())
    }

    /// The client read it at a terminal.
    pub(crate) fn notice_read(
        &self,
        notice: &NoticeDue,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let key = key_of(notice);
        let found = store::load::<NoticeRecord>(self.store.as_ref(), Collection::Notice, &key)?;
        let Some(found) = found.filter(|found| found.value.read.is_none()) else { return Ok(()) };
        let (expect, record) = (found.expect(), NoticeRecord { read: Some(now), ..found.value });
        self.keep_notice(&key, expect, &record, changes)
    }

    fn keep_notice(
        &self,
        key: &str,
        expect: Expect,
        record: &NoticeRecord,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        changes.push(store::put(Collection::Notice, key, expect, record)?);
        if record.is_done() {
            changes.push(store::remove(Collection::OpenNotice, &open_key(record)));
        }
        Ok(())
    }

    /// When somebody else entered this client's account, as long as the client did not read of it at a terminal; the latest of
    /// several.
    pub(crate) fn unread_access(&self, client: ClientId) -> Result<Option<UtcMillis>, GatewayError> {
        let documents = self.store.documents(Collection::Notice, &format!("{client}/{ACCESS}/"))?;
        let mut latest = None;
        for document in &documents {
            let record: NoticeRecord = store::parse(Collection::Notice, document)?.value;
            if record.read.is_none() {
                latest = latest.max(Some(record.notice.since));
            }
        }
        Ok(latest)
    }

    /// The client read at a terminal of every access that is known by now.
    pub(crate) fn access_read(
        &self,
        client: ClientId,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        for document in self.store.documents(Collection::Notice, &format!("{client}/{ACCESS}/"))? {
            let record: NoticeRecord = store::parse(Collection::Notice, &document)?.value;
            self.notice_read(&record.notice, now, changes)?;
        }
        Ok(())
    }

    /// Delivers one; what changes with it.
    pub(crate) fn deliver_notice(
        &self,
        delivery: &Delivery,
        now: UtcMillis,
    ) -> Result<Result<Vec<Change>, ConnectorError>, GatewayError> {
        let found = store::load::<NoticeRecord>(self.store.as_ref(), Collection::Notice, &delivery.duty)?;
        let Some(found) = found else { return Ok(Ok(Vec::new())) };
        let Some(pack) = self.rule_pack(now)? else {
            let cause = "no rule pack is in force".to_owned();
            return Ok(Err(ConnectorError::Unavailable { service: "rule pack", cause }));
        };
        let client = match self.connectors.core.client(found.value.notice.client) {
            Ok(client) => client,
            Err(error) => return Ok(Err(error)),
        };
        let expect = found.expect();
        let mut record = found.value;
        let told = match delivery.way {
            Way::Letter => {
                let posted =
                    self.connectors.core.post_message(client.client, &letter(&pack, &client, &record));
                record.written = Some(now);
                // It is there, in the words of an earlier rule pack.
                match posted {
                    Err(ConnectorError::Refused { code, .. }) if code == "letter_conflict" => Ok(()),
                    posted => posted,
                }
            }
            Way::Text => {
                record.texted = Some(now);
                self.connectors.sms.send(&client.phone, &text(&pack, &client, &record), "notice")
            }
        };
        if let Err(error) = told {
            return Ok(Err(error));
        }
        let mut changes = Vec::new();
        self.keep_notice(&delivery.duty, expect, &record, &mut changes)?;
        Ok(Ok(changes))
    }

    /// How many duties are open, and how many of them overdue.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn open_notices(&self, now: UtcMillis) -> Result<OpenNotices, GatewayError> {
        let today = calendar::local_date(now).map(|today| today.to_string()).unwrap_or_default();
        let open = self.store.documents_after(Collection::OpenNotice, "", COUNTED)?;
        let late = |key: &str| key.split('/').next().is_some_and(|due| due < today.as_str());
        let overdue = open.iter().filter(|document| late(&document.key)).count();
        Ok(OpenNotices { open: open.len(), overdue })
    }

    /// What a client has to be told or was told, in no order.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn notices_of(&self, client: ClientId) -> Result<Vec<NoticeRecord>, GatewayError> {
        let documents = self.store.documents(Collection::Notice, &format!("{client}/"))?;
        let read = |document| Ok(store::parse(Collection::Notice, document)?.value);
        documents.iter().map(read).collect()
    }
}

fn letter(pack: &RulePack, client: &Client, record: &NoticeRecord) -> CabinetMessage {
    let language = client.language;
    let day = calendar::local_date(record.notice.since)
        .map(|day| format!("{:02}.{:02}.{:04}", day.day(), day.month(), day.year()))
        .unwrap_or_default();
    let phone = pack.mfo.phones.first().map(String::as_str).unwrap_or_default();
    let text = match &record.notice.about {
        NoticeAbout::DataLeak => {
            let told = pack.texts.get(TextId::DataLeak).get(language).join("\n");
            format!("{told}\n{phone}")
        }
        NoticeAbout::Suspension { number, .. } => suspended(language, number, &day, phone),
        NoticeAbout::WriteOff { number, .. } => written_off(language, number, &day, phone),
        NoticeAbout::LowerRate { number, annual_rate_hundredths, .. } => {
            let rate = format!("{},{:02}", annual_rate_hundredths / 100, annual_rate_hundredths % 100);
            lowered(language, (number, &rate), &day, phone)
        }
        NoticeAbout::Resumption { number, interest_tiyn, .. } => {
            resumed(language, (number, *interest_tiyn), &day, phone)
        }
        NoticeAbout::UnauthorisedAccess => {
            let told = pack.texts.get(TextId::UnauthorisedAccess).get(language).join("\n");
            format!("{day}\n{told}\n{phone}")
        }
    };
    CabinetMessage {
        message: record.letter,
        from_client: false,
        at: record.learned,
        subject: Secret::new(subject(&record.notice.about, language).to_owned()),
        text: Secret::new(text),
    }
}

const fn subject(about: &NoticeAbout, language: Language) -> &'static str {
    match (about, language) {
        (NoticeAbout::DataLeak, Language::Kk) => "Деректеріңіз тарап кетті",
        (NoticeAbout::DataLeak, Language::Ru) => "Утечка ваших данных",
        (NoticeAbout::DataLeak, Language::En) => "Your data leaked",
        (NoticeAbout::Suspension { .. }, Language::Kk) => "Сыйақы мен өндіріп алу тоқтатылды",
        (NoticeAbout::Suspension { .. }, Language::Ru) => "Начисление и взыскание приостановлены",
        (NoticeAbout::Suspension { .. }, Language::En) => "Interest and collection rest",
        (NoticeAbout::LowerRate { .. }, Language::Kk) => "Мөлшерлемеңіз төмендеді",
        (NoticeAbout::LowerRate { .. }, Language::Ru) => "Ваша ставка снижена",
        (NoticeAbout::LowerRate { .. }, Language::En) => "Your rate is lower",
        (NoticeAbout::Resumption { .. }, Language::Kk) => "Сыйақы мен төлем қайта басталды",
        (NoticeAbout::Resumption { .. }, Language::Ru) => "Начисление и платежи возобновлены",
        (NoticeAbout::Resumption { .. }, Language::En) => "Interest and payments go on",
        (NoticeAbout::UnauthorisedAccess, Language::Kk) => "Кабинетіңізге бөгде адам кірген",
        (NoticeAbout::UnauthorisedAccess, Language::Ru) => "В ваш кабинет входил посторонний",
        (NoticeAbout::UnauthorisedAccess, Language::En) => "Somebody entered your account",
        (NoticeAbout::WriteOff { .. }, Language::Kk) => "Берешек есептен шығарылды",
        (NoticeAbout::WriteOff { .. }, Language::Ru) => "Задолженность списана",
        (NoticeAbout::WriteOff { .. }, Language::En) => "Your debt is written off",
    }
}

fn suspended(language: Language, number: &str, day: &str, phone: &str) -> String {
    match language {
        Language::Kk => format!(
            "{number} шарты бойынша {day} бастап сыйақы есептеу, берешекті өндіріп алу және кредиттік бюроға мәлімет беру тоқтатылды: қылмыстық процесс органының актісі келді.\nОл күшінде болғанша төлем талап етілмейді, айыппұл өспейді. Қаласаңыз, төлей аласыз.\nАкт жойылса, тоқтатылған кезеңнің сыйақысы қосылуы мүмкін; бұл туралы бөлек жазамыз. Сұрақтар: {phone}."
        ),
        Language::Ru => format!(
            "По договору {number} с {day} приостановлены начисление вознаграждения, взыскание и передача сведений в кредитные бюро: поступил акт органа уголовного процесса.\nПока он действует, платежей мы не требуем, неустойка не растёт. Платить можно по желанию.\nЕсли акт отменят, вознаграждение за время приостановки может быть доначислено; об этом напишем отдельно. Вопросы: {phone}."
        ),
        Language::En => format!(
            "For contract {number}, interest, collection and reports to credit bureaux rest since {day}: an act of the criminal investigation has come in.\nWhile it is in force we demand no payment and no penalty grows. You may pay if you wish.\nIf the act is cancelled, interest for that time may be added; we will write to you about it. Questions: {phone}."
        ),
    }
}

fn lowered(language: Language, (number, rate): (&str, &str), day: &str, phone: &str) -> String {
    match language {
        Language::Kk => format!(
            "{number} шарты бойынша сыйақы мөлшерлемесі {day} бастап жылдық {rate} % болды: біз оны төмендеттік. Басқа талаптар өзгерген жоқ, сізден ештеңе талап етілмейді. Жаңа мөлшерлеме жеке кабинетте көрінеді. Сұрақтар: {phone}."
        ),
        Language::Ru => format!(
            "По договору {number} с {day} ставка вознаграждения – {rate} % годовых: мы её снизили. Остальные условия прежние, от вас ничего не требуется. Новая ставка видна в личном кабинете. Вопросы: {phone}."
        ),
        Language::En => format!(
            "For contract {number} the rate is {rate} % a year since {day}: we lowered it. Nothing else has changed and you need not do anything. You see the new rate in your account. Questions: {phone}."
        ),
    }
}

fn resumed(language: Language, (number, interest): (&str, Tiyn), day: &str, phone: &str) -> String {
    let sum = format!("{}.{:02}", interest.tenge(), interest.tiyn() % 100);
    match language {
        Language::Kk => format!(
            "{number} шарты бойынша тоқтату {day} аяқталды: қылмыстық процесс органының актісі жойылды. Сыйақы есептеу мен төлемдер жалғасады. Тоқтатылған кезең үшін қосылған сыйақы: {sum} теңге, ол борышта бөлек жолмен көрсетіледі. Сұрақтар: {phone}."
        ),
        Language::Ru => format!(
            "По договору {number} приостановка закончилась {day}: акт органа уголовного процесса отменён. Начисление вознаграждения и платежи продолжаются. За время приостановки доначислено {sum} тенге, в долге это отдельная строка. Вопросы: {phone}."
        ),
        Language::En => format!(
            "For contract {number} the suspension ended on {day}: the act of the criminal investigation was cancelled. Interest and payments go on. Interest for that time is {sum} tenge; it has a line of its own in your debt. Questions: {phone}."
        ),
    }
}

fn written_off(language: Language, number: &str, day: &str, phone: &str) -> String {
    match language {
        Language::Kk => format!(
            "Сот үкімі бойынша {number} шартының берешегі {day} есептен шығарылды. Сіз ештеңе қарыз емессіз, кредиттік тарихыңызды түзетеміз.\nТөлеген ақшаңызды қайтарамыз: терминалда не кеңседе қалай алатыныңызды таңдаңыз – шотқа немесе кассадан. Сұрақтар: {phone}."
        ),
        Language::Ru => format!(
            "По приговору суда задолженность по договору {number} списана {day}. Вы ничего не должны, кредитную историю мы исправим.\nТо, что вы заплатили, мы вернём: выберите в терминале или в офисе, как получить деньги, – на счёт или в кассе. Вопросы: {phone}."
        ),
        Language::En => format!(
            "By a verdict the debt of contract {number} was written off on {day}. You owe nothing, and we correct your credit history.\nWe return what you paid: choose at a terminal or in the office how to have it, to your account or at the cash desk. Questions: {phone}."
        ),
    }
}

fn text(pack: &RulePack, client: &Client, record: &NoticeRecord) -> Secret {
    let language = client.language;
    let (mfo, phone) = (pack.mfo.name.get(language), pack.mfo.phones.first().map(String::as_str));
    let (subject, phone) = (subject(&record.notice.about, language), phone.unwrap_or_default());
    Secret::new(match language {
        Language::Kk => format!("{mfo}: {subject}. Жеке кабинеттегі хатты оқыңыз. Сұрақтар: {phone}."),
        Language::Ru => format!("{mfo}: {subject}. Прочитайте письмо в личном кабинете. Вопросы: {phone}."),
        Language::En => {
            format!("{mfo}: {subject}. Please read the letter in your account. Questions: {phone}.")
        }
    })
}
