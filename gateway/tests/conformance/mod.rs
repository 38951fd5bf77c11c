//! What every store promises, asked of each alike: memory, SQLite, PostgreSQL. A new promise is a new line in the list.

mod atomicity;
mod attachments;
mod disk;
mod documents;
mod inbox;
mod opening;
mod power;
mod rows;
mod stores;

/// Each case against each store.
macro_rules! conformance {
    ($($module:ident::$case:ident,)*) => {
        mod memory {
            $(#[test] fn $case() { super::$module::$case(super::stores::memory().as_ref()); })*
        }
        mod sqlite {
            $(#[test] fn $case() {
                let (store, _dir) = super::stores::sqlite();
                super::$module::$case(&store);
            })*
        }
        mod postgres {
            $(#[test] fn $case() {
                let Some(store) = super::stores::postgres() else { return };
                super::$module::$case(&store);
            })*
        }
    };
}

conformance! {
    rows::rows_come_back_as_they_went_in_and_only_to_their_terminal,
    rows::a_row_is_found_by_its_operation,
    rows::only_the_next_number_is_taken,
    rows::an_operation_is_kept_once_per_terminal,
    rows::rows_are_read_from_any_number_on_up_to_a_limit,
    rows::numbers_that_no_row_can_have_change_nothing,
    rows::of_two_writers_of_the_same_rows_one_wins_each_time,
    documents::each_belief_holds_or_nothing_is_written,
    documents::of_many_writers_with_the_same_belief_exactly_one_wins,
    documents::of_many_first_writers_exactly_one_wins,
    documents::writers_without_a_belief_are_all_counted,
    documents::a_prefix_finds_exactly_the_keys_that_begin_with_it_in_order_of_bytes,
    documents::pages_follow_each_other_and_leave_nothing_out,
    documents::documents_are_found_by_name_in_order_and_without_those_that_are_not_there,
    documents::texts_of_every_kind_and_size_come_back_unchanged,
    documents::writers_in_opposite_order_both_arrive,
    attachments::the_same_again_only_raises_archived,
    attachments::those_without_a_row_are_counted_until_the_row_comes,
    attachments::a_big_attachment_comes_back_unchanged,
    attachments::an_erased_attachment_is_gone_and_only_that_one,
    inbox::numbers_rise_from_one_for_each_terminal,
    inbox::a_number_is_at_least_what_is_asked_and_always_above_those_before,
    inbox::many_writers_leave_no_gap_and_lose_nothing,
    atomicity::a_refused_change_undoes_all_of_its_transaction,
    atomicity::a_long_transaction_is_whole,
    atomicity::no_changes_are_no_trouble,
    atomicity::readers_never_see_half_of_a_transaction,
}
