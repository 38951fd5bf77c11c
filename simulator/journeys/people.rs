//! Who comes to the terminal. They live in the simulated world too; a test of the rig holds both together.

/// Somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// IIN.
    pub iin: &'static str,
    /// Mobile number; empty for somebody whom the world does not know.
    pub phone: &'static str,
}

/// A man with a good history.
pub const BORROWER: Person = Person { iin: "900514300002", phone: "+77010000001" };
/// The account of the first one.
pub const BORROWER_ACCOUNT: &str = "KZ951250900514300002";
/// The account of the second one.
pub const SECOND_ACCOUNT: &str = "KZ841250911231400005";
/// A woman with a good history; a code is sent five times a day only.
pub const SECOND: Person = Person { iin: "911231400005", phone: "+77010000002" };
/// A woman of 68 with a good history.
pub const ELDER: Person = Person { iin: "580908400021", phone: "+77010000008" };
/// Somebody who has set a voluntary refusal.
pub const REFUSED: Person = Person { iin: "040229600001", phone: "+77010000003" };
/// Somebody on a list of the law against money laundering.
pub const LISTED: Person = Person { iin: "900514300305", phone: "+77010000004" };
/// Somebody with too much debt.
pub const INDEBTED: Person = Person { iin: "911231400609", phone: "+77010000005" };
/// Somebody whom the lender does not know.
pub const UNREGISTERED: Person = Person { iin: "080630500002", phone: "+77010000006" };
/// Somebody for whom another one stands before the camera.
pub const STRANGER: Person = Person { iin: "850317300010", phone: "+77010000007" };
/// Somebody of whom the screening wants to know more.
pub const ASKED: Person = Person { iin: "791228400418", phone: "+77010000016" };
/// A child, born in 2015.
pub const CHILD: Person = Person { iin: "150601500002", phone: "" };

/// A woman who is no client yet.
pub const NEWCOMER: Person = Person { iin: "960412400411", phone: "+77010000009" };
/// An individual entrepreneur who is no client yet.
pub const TRADER: Person = Person { iin: "830719300418", phone: "+77010000010" };
/// A client who is an individual entrepreneur.
pub const ENTREPRENEUR: Person = Person { iin: "860224400419", phone: "+77010000017" };
/// A man whose number the state does not know.
pub const NUMBERLESS: Person = Person { iin: "881123300416", phone: "+77010000012" };

/// A technician of the lender, who is a client too.
pub const TECHNICIAN: Person = ELDER;

/// A cash officer of the lender, who is a client too.
pub const CASH_OFFICER: Person = SECOND;

/// A second cash officer of the lender, who is a client too.
pub const SECOND_OFFICER: Person = ENTREPRENEUR;

/// Everybody whom the world knows.
pub const KNOWN: [Person; 13] = [
    BORROWER,
    SECOND,
    ELDER,
    REFUSED,
    LISTED,
    INDEBTED,
    UNREGISTERED,
    STRANGER,
    ASKED,
    NEWCOMER,
    TRADER,
    NUMBERLESS,
    ENTREPRENEUR,
];
