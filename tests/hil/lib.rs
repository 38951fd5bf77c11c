//! Hardware in the loop: one set of scenarios over emulators or real ports. The README says how.
