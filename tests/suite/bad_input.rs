//! Bad input of every kind, on the real programs: what the borrower sees, what the technician is told, the row in the
//! journal, and that no note is lost or given twice.
//!
//! Each file is one part of the terminal going wrong; cases that get along share one stage, since starting one takes
//! longer than most cases.

mod camera;
mod certificates;
mod configuration;
mod devices;
mod disk;
mod gateway;
mod payout;
mod printer;
