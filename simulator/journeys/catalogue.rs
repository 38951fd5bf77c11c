//! All journeys.

use crate::shows::{Clause, Special};
use crate::{
    Journey, access, cards, cash, chips, consents, exchanges, jams, journals, leaks, living, outages,
    payouts, phones, refusals, registrations, repayments, service, settlements, signatures, specials,
    supplements, technician, unfinished, visits, waiting,
};

/// All journeys, in the order in which they are listed.
pub const JOURNEYS: &[Journey] = &[
    Journey::new(
        "first-loan",
        "a microcredit in banknotes, from the language to the receipt",
        visits::first_loan,
    )
    .shows(&[Clause::Login, Clause::CashAtTerminal])
    .rules(&["R-036", "R-052", "R-053", "R-066", "R-117"]),
    Journey::new(
        "two-loans",
        "two people one after the other, each finding a clean terminal",
        visits::two_loans,
    )
    .rules(&["R-076"]),
    Journey::new(
        "language-change",
        "the language is changed while typing and while reading",
        visits::language_change,
    ),
    Journey::new(
        "back-and-forth",
        "one step back from each screen, and on to the money",
        visits::back_and_forth,
    ),
    Journey::new(
        "double-taps",
        "an impatient finger agrees and asks for the money twice",
        visits::double_taps,
    )
    .rules(&["R-077"]),
    Journey::new(
        "another-code",
        "a second code is asked for; the first one is worth nothing",
        visits::another_code,
    )
    .rules(&["R-077"]),
    Journey::new("late-code", "the code comes too late and a new one is sent", visits::late_code),
    visits::NOBODY_THERE,
    Journey::new(
        "walked-away",
        "somebody takes the money and leaves without a touch",
        visits::walked_away_after_the_money,
    )
    .rules(&["R-076"]),
    Journey::new(
        "decision-after-leaving",
        "the decision comes when its person has left",
        visits::cancelled_and_back,
    ),
    service::PAPER,
    service::CASSETTE,
    service::RELOCATION,
    service::LINE,
    service::STRANGERS,
    technician::TESTS,
    technician::TAKEN_ALONG,
    technician::TOUCH,
    service::CERTIFICATE,
    service::PRINTER_BLOCKED,
    service::STACKER,
    service::CABLE,
    service::SWAPPED,
    exchanges::EXCHANGE,
    exchanges::DIFFERENCE,
    exchanges::WRONG_ORDER,
    exchanges::TWO_OFFICERS,
    settlements::PAID,
    settlements::SHORT,
    settlements::NOT_PAID,
    jams::TRANSPORT,
    jams::SHUTTER,
    jams::MOUTH,
    jams::ESCROW,
    jams::STACKING,
    exchanges::SERIES,
    journals::FULL,
    waiting::PAID,
    waiting::CANCELLED,
    supplements::SIGNED,
    supplements::DECLINED,
    supplements::ASKED,
    supplements::REFUNDED,
    specials::LIFTED,
    Journey::new(
        "leaked-data",
        "a client whose data leaked: notice, face, number, call, and then the loan to the money",
        leaks::whole_way,
    )
    .shows(&[Clause::LeakedData])
    .special(&[Special::DataLeak])
    .rules(&["R-081", "R-136", "R-137", "R-138", "R-139"]),
    Journey::new(
        "leaked-data-cabinet",
        "a client whose data leaked sees the cabinet after the same measures alone",
        leaks::cabinet_too,
    )
    .shows(&[Clause::LeakedData])
    .special(&[Special::DataLeak])
    .rules(&["R-136"]),
    Journey::new(
        "leaked-number-of-somebody-else",
        "after a leak the number turns out to be somebody else's: nothing before it is changed",
        leaks::number_of_somebody_else,
    )
    .special(&[Special::DataLeak])
    .rules(&["R-137"]),
    Journey::new(
        "leaked-call-denied",
        "after a leak whoever answers the call says that it is not they: the visit stops",
        leaks::call_denied,
    )
    .special(&[Special::DataLeak])
    .rules(&["R-138"]),
    Journey::new(
        "leaked-call-not-reached",
        "after a leak nobody answers the call; another visit tries again and borrows",
        leaks::call_not_reached,
    )
    .special(&[Special::DataLeak])
    .rules(&["R-138"]),
    Journey::new(
        "leaked-between-contract-and-payout",
        "the data leak when the contract is concluded: the money waits for the measures",
        leaks::between_contract_and_payout,
    )
    .shows(&[Clause::LeakedData])
    .special(&[Special::DataLeak])
    .rules(&["R-136", "R-138"]),
    leaks::INTRUDED,
    Journey::new("cancel", "the visit is ended on each screen", visits::cancel),
    visits::QUARANTINE,
    Journey::new(
        "forced-update",
        "rules want newer firmware: no loan and no registration, but repayment and information",
        specials::forced_update,
    )
    .special(&[Special::ForcedUpdate])
    .rules(&["R-122"]),
    Journey::new(
        "integrity-finding",
        "a program for remote control starts: lending ends, repayment and information go on",
        specials::intruded,
    )
    .special(&[Special::IntegrityFinding])
    .rules(&["R-120"]),
    Journey::new(
        "relocation",
        "the terminal is carried away: no service, and the lender hears of it",
        specials::relocated,
    )
    .special(&[Special::Relocation])
    .rules(&["R-012", "R-015"]),
    Journey::new(
        "suspension",
        "interest and collection rest: nothing is demanded, whoever wants to pay may",
        specials::suspended,
    )
    .special(&[Special::Suspension])
    .rules(&["R-082"]),
    Journey::new("resumption", "a suspension ends: what is due is demanded again", specials::resumed)
        .special(&[Special::Suspension, Special::Resumption])
        .rules(&["R-082", "R-083"]),
    Journey::new(
        "write-off",
        "a verdict wrote the debt off: it is shown, and no money is taken",
        specials::written_off,
    )
    .special(&[Special::WriteOff])
    .rules(&["R-084"]),
    Journey::new(
        "register-entrepreneur",
        "an individual entrepreneur becomes a client by face alone and is told so the second time",
        registrations::entrepreneur,
    )
    .shows(&[Clause::RegisterEntrepreneur])
    .rules(&["R-035", "R-301"]),
    Journey::new(
        "register-legal-entity",
        "a company's signatory is referred before anything is asked",
        registrations::legal_entity,
    )
    .shows(&[Clause::RegisterLegalEntity])
    .rules(&["R-026"]),
    Journey::new(
        "register-child",
        "a child is turned away before any consent or picture",
        registrations::child,
    )
    .rules(&["R-304"]),
    Journey::new(
        "register-without-number",
        "the state has no number of this person: another way is shown",
        registrations::without_number,
    )
    .rules(&["R-253"]),
    Journey::new(
        "consent-refused",
        "a consent is refused as easily as given",
        registrations::consent_refused,
    )
    .rules(&["R-228", "R-231"]),
    Journey::new(
        "wrong-state-code",
        "a wrong code of the state service, then data that are said to be somebody else's",
        registrations::wrong_state_code,
    )
    .rules(&["R-127"]),
    Journey::new(
        "registration-method-2",
        "a newcomer signs the consent to access on the phone: no code of the state service is needed",
        registrations::by_own_means,
    )
    .shows(&[Clause::RegisterIndividual])
    .rules(&["R-226", "R-233", "R-234", "R-235", "R-236"])
    .signed(),
    Journey::new(
        "registration-method-2-refused",
        "a newcomer refuses the consent that they would sign: the state service is not asked",
        registrations::own_means_refused,
    )
    .rules(&["R-231", "R-235"])
    .signed(),
    Journey::new(
        "registration-without-agreement",
        "without the agreement with the authorised body consent by the lender's own means is not offered",
        registrations::without_agreement,
    )
    .rules(&["R-233"])
    .by_rules(&[("/access/methods", r#"["smsReply", "oneTimeCode"]"#)]),
    Journey::new(
        "registration-continued",
        "a registration left in the middle goes on in another visit",
        registrations::left_in_the_middle,
    )
    .shows(&[Clause::RegisterEntrepreneur]),
    access::BY_PIN,
    cards::LOGIN,
    cards::SIGNED,
    cards::ON_KEYPAD,
    cards::SOMEBODY_ELSES,
    cards::BLOCKED,
    cards::WITHDRAWN,
    cards::CLOSED,
    cards::UNBOUND,
    access::LOCKED,
    access::RECOVERED,
    access::PHONE,
    access::ACCOUNT,
    access::IIN,
    chips::REGISTERED,
    chips::SOMEBODY_ELSES,
    chips::FORGED,
    Journey::new(
        "register-individual",
        "somebody becomes a client by their face and a signature on their own phone",
        signatures::registered,
    )
    .shows(&[Clause::RegisterIndividual])
    .signed()
    .rules(&["R-034", "R-305"]),
    Journey::new(
        "contract-signed",
        "a consumer's contract takes a face and a signature on their own phone",
        signatures::contract,
    )
    .shows(&[Clause::ContractConsumer])
    .signed()
    .rules(&["R-060", "R-305"]),
    Journey::new("living-person", "too late, then as asked, and a loan", living::second_try)
        .rules(&["R-135"]),
    Journey::new("no-living-person", "three that fail are the end", living::never).rules(&["R-135"]),
    Journey::new(
        "liveness-on-the-phone",
        "where the rules ask for it, somebody living is shown in the state's application on the client's own phone",
        phones::confirmed,
    )
    .by_rules(phones::ON_PHONES)
    .rules(&["R-135"]),
    Journey::new(
        "liveness-on-the-phone-refused",
        "declined, by another person, not shown: three checks on a phone that fail are the end",
        phones::refused,
    )
    .by_rules(phones::ON_PHONES)
    .rules(&["R-135"]),
    Journey::new(
        "liveness-on-the-phone-expired",
        "no phone answers while the code lives; a new code does",
        phones::expired,
    )
    .by_rules(phones::ON_PHONES)
    .rules(&["R-135"]),
    Journey::new(
        "contract-for-business",
        "an entrepreneur whom the register confirms borrows for the business by a face alone",
        signatures::business,
    )
    .shows(&[Clause::ContractEntrepreneurBusiness])
    .signed()
    .rules(&["R-040", "R-061"]),
    Journey::new(
        "contract-of-entrepreneur",
        "an entrepreneur who borrows for themselves signs like everybody",
        signatures::entrepreneur_as_consumer,
    )
    .shows(&[Clause::ContractEntrepreneurConsumer])
    .signed()
    .rules(&["R-060", "R-061"]),
    Journey::new(
        "code-for-signing-expires",
        "nobody reads the code for signing in time; another one is asked for and read",
        signatures::late,
    )
    .signed()
    .rules(&["R-060", "R-077"]),
    Journey::new(
        "signed-by-somebody-else",
        "somebody else's key, a key for logging in and a revoked one: none of them signs",
        signatures::by_somebody_else,
    )
    .signed()
    .rules(&["R-060", "R-075", "R-305"]),
    Journey::new(
        "signing-declined",
        "the client declines on the phone: nothing is concluded",
        signatures::declined,
    )
    .signed()
    .rules(&["R-060"]),
    Journey::new(
        "consent-revoked",
        "a consent is taken back while its owner registers: the registration goes no step further",
        consents::revoked,
    )
    .of_days()
    .rules(&["R-260", "R-261", "R-264"]),
    Journey::new(
        "consent-revocation-refused",
        "a client with a loan takes a consent back: it is considered, refused with its ground, and told",
        consents::refused,
    )
    .of_days()
    .rules(&["R-260", "R-262", "R-263", "R-265"]),
    Journey::new(
        "consent-revoked-by-silence",
        "nobody decides within the business days of the rules: the consent is revoked",
        consents::by_silence,
    )
    .by_rules(consents::SHORT)
    .of_days()
    .rules(&["R-262", "R-266"]),
    Journey::new(
        "application-continued",
        "power fails while the texts are read: after a login nothing is asked twice, up to the money",
        unfinished::after_a_power_cut,
    )
    .halting("after:TextAcknowledged:2")
    .rules(&["R-001", "R-006"]),
    Journey::new(
        "application-continued-after-the-choice",
        "a client leaves before the contract and goes on at the very draft; on another day the drafts come first",
        unfinished::after_the_choice,
    )
    .of_days()
    .rules(&["R-001"]),
    Journey::new(
        "application-begun-anew",
        "whoever begins anew is asked everything",
        unfinished::anew,
    )
    .rules(&["R-001"]),
    Journey::new(
        "aml-questions",
        "the screening asks more than the rules do",
        refusals::asked_more,
    )
    .rules(&["R-050"]),
    Journey::new("refusals", "five people who are refused, each politely", refusals::refusals)
        .rules(&["R-070", "R-071"]),
    Journey::new(
        "voluntary-refusal",
        "somebody who has set a voluntary refusal of loans",
        refusals::voluntary_refusal,
    )
    .rules(&["R-071"]),
    Journey::new(
        "sanctions-list",
        "a hit in a list of the AML law, never told as the ground",
        refusals::sanctions_list,
    )
    .rules(&["R-070"]),
    Journey::new("too-much-debt", "the debt burden is above the limit", refusals::too_much_debt)
        .rules(&["R-057"]),
    Journey::new("unregistered", "whom the lender does not know gets no SMS", refusals::unregistered),
    Journey::new(
        "under-age",
        "a child is turned away before anything leaves the terminal",
        refusals::under_age,
    )
    .rules(&["R-304"]),
    Journey::new("wrong-iin", "an IIN that does not check, corrected", refusals::wrong_iin).rules(&["R-021"]),
    Journey::new("wrong-codes", "a wrong code as often as the rules allow", refusals::wrong_codes),
    Journey::new("face-mismatch", "the face is not the client's", refusals::face_mismatch).rules(&["R-032"]),
    Journey::new("covered-lens", "the lens is covered, then free", refusals::covered_lens).rules(&["R-024"]),
    Journey::new("open-loan", "a second loan while the first one is open", refusals::open_loan),
    Journey::new(
        "gateway-restart",
        "a loan with the gateway stopped before the decision and again after the payout",
        outages::gateway_restart,
    ),
    Journey::new(
        "no-answer-to-the-iin",
        "the gateway is away when the IIN is sent",
        outages::no_answer_to_the_iin,
    ),
    Journey::new(
        "no-answer-to-the-code",
        "the gateway is away when the code is sent",
        outages::no_answer_to_the_code,
    ),
    Journey::new("no-decision", "the gateway is away when the application is sent", outages::no_decision),
    Journey::new(
        "no-answer-to-the-picture",
        "the gateway is away when the face is compared",
        outages::no_answer_to_the_picture,
    ),
    Journey::new("no-contract", "the gateway is away when the contract is concluded", outages::no_contract),
    Journey::new(
        "no-leave-to-pay",
        "the gateway is away when the money is asked for",
        outages::no_leave_to_pay,
    )
    .rules(&["R-066"]),
    Journey::new(
        "core-lending-down",
        "core lending fails at the decision and works again",
        outages::core_lending_down,
    ),
    Journey::new("sms-down", "no SMS can be sent, then they can", outages::sms_down),
    Journey::new("matcher-down", "the face matcher fails and works again", outages::matcher_down),
    Journey::new("jam", "notes jam: the receipt, the lender and the books say what left", cash::jam)
        .rules(&["R-066"]),
    Journey::new(
        "short-then-rest",
        "a cassette runs empty, and what is missing is paid in the same visit by other notes",
        cash::short_then_rest,
    )
    .rules(&["R-055", "R-066"]),
    Journey::new(
        "short-then-another-visit",
        "a cassette runs empty, and the borrower comes back later for what is missing",
        cash::short_then_another_visit,
    )
    .of_days()
    .rules(&["R-055", "R-066"]),
    Journey::new(
        "short-then-slip",
        "a cassette runs empty, and what is missing waits at the cash desk, and only there",
        cash::short_then_slip,
    )
    .rules(&["R-055", "R-067"]),
    Journey::new(
        "short-then-transfer",
        "a cassette runs empty, and what is missing is transferred to the borrower's account",
        payouts::short_then_transfer,
    )
    .rules(&["R-037", "R-055", "R-062"]),
    Journey::new(
        "transfer-own-account",
        "the loan goes to the borrower's own account, typed and confirmed by the bank",
        payouts::own_account,
    )
    .rules(&["R-055", "R-056", "R-062", "R-063", "R-064"]),
    Journey::new(
        "transfer-not-the-owner",
        "an account with a slip, then somebody else's: the borrower takes notes",
        payouts::not_the_owner,
    )
    .rules(&["R-056", "R-064"]),
    Journey::new(
        "transfer-bank-down",
        "the bank does not answer, and then nobody knows whether it paid: it is paid once",
        payouts::bank_down,
    )
    .rules(&["R-062", "R-064"]),
    Journey::new("transfer-card", "the loan goes to a card that the bank knows", payouts::card)
        .rules(&["R-056", "R-064"]),
    Journey::new(
        "merchant",
        "the loan pays a merchant under contract, and takes another picture of the borrower",
        payouts::merchant,
    )
    .by_rules(payouts::GOODS)
    .shows(&[Clause::TransferToMerchant])
    .rules(&["R-055", "R-062", "R-065"]),
    Journey::new(
        "cash-desk-slip",
        "the whole loan waits at the cash desk, and only there",
        payouts::cash_desk,
    )
    .rules(&["R-055", "R-067"]),
    Journey::new(
        "doubtful-note",
        "a note in doubt stops cash service until it is counted",
        cash::doubtful_note,
    )
    .rules(&["R-066"]),
    Journey::new("refused-marker", "the dispenser refuses the marker: nothing is paid", cash::refused_marker)
        .rules(&["R-066"]),
    Journey::new("slow-dispenser", "the dispenser pays and says so only when asked", cash::slow_dispenser)
        .rules(&["R-066"]),
    Journey::new("no-paper", "the paper runs out: the screen says so and the loan stands", cash::no_paper),
    Journey::new(
        "power-cut-before-the-marker",
        "power fails before anything was armed: nothing was paid",
        cash::power_cut_before_the_marker,
    )
    .halting("after:PayoutIntended:1")
    .rules(&["R-066"]),
    Journey::new(
        "power-cut-at-the-dispenser",
        "terminal and dispenser lose power when the bundle is armed: somebody has to count",
        cash::power_cut_at_the_dispenser,
    )
    .halting("after:PayoutArmed:1")
    .rules(&["R-066"]),
    Journey::new(
        "restart-while-counting",
        "the firmware dies before it wrote down what the dispenser did, and asks it",
        cash::restart_while_notes_were_counted,
    )
    .halting("before:PayoutOutcome:1")
    .rules(&["R-066"]),
    Journey::new(
        "repay-own-loan",
        "a borrower logs in and pays all of the loan, and then owes nothing",
        repayments::own_loan,
    )
    .rules(&["R-045"]),
    Journey::new(
        "repay-by-number",
        "a borrower pays a part by the contract's number, without a login",
        repayments::by_number,
    )
    .rules(&["R-045"]),
    Journey::new(
        "repay-for-a-relative",
        "somebody pays for a relative, who is told by SMS",
        repayments::for_a_relative,
    )
    .rules(&["R-045"]),
    Journey::new(
        "repay-wrong-number",
        "a slip in the number, then a number that nobody has: no money is taken",
        repayments::wrong_number,
    ),
    Journey::new(
        "repay-offline",
        "the gateway is away: money is taken up to a limit and entered afterwards",
        repayments::offline,
    ),
    Journey::new(
        "repay-unallocated",
        "money by a number that turns out to be nobody's is kept to be traced",
        repayments::unallocated,
    ),
    Journey::new("repay-too-much", "more money than is owed", repayments::too_much),
    repayments::REJECTED,
    repayments::CHANGED_MIND,
    repayments::POWER_CUT,
    repayments::RESTART,
];

/// The journey of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Journey> {
    JOURNEYS.iter().find(|journey| journey.name == name)
}

#[cfg(test)]
mod tests;
