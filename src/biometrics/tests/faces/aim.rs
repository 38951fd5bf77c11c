//! A wide frame: where a face is looked for, and that the part with it stays or follows.

use senim_biometrics::{Aim, Gaze, Part, Seen, Tracker};

use crate::material::{Still, astronaut, tracker};

const FRAME: (usize, usize) = (1_920, 1_440);
const VIEW: (u32, u32) = (640, 480);
/// Frames in which everywhere is searched, with one to spare.
const SEARCH: usize = 9;

/// The portrait with some eighty pixels between the eyes' outer corners, the fewest that a sequence asks for.
fn somebody() -> Option<Still> {
    let portrait = astronaut()?;
    Some(Still::of(768, 768, |x, y| portrait.at(x * 2 / 3, y * 2 / 3)))
}

/// A room with somebody in it, the top left corner of the picture at a place; several if there are several.
fn room(somebody: &Still, places: &[(usize, usize)]) -> Still {
    let mut room =
        Still::of(FRAME.0, FRAME.1, |x, y| [150 + (x / 32) as u8 % 60, 160 + (y / 40) as u8 % 40, 170]);
    for (left, top) in places {
        for y in 0..somebody.height {
            let (to, from) = (((top + y) * FRAME.0 + left) * 3, y * somebody.width * 3);
            let row = &somebody.rgb[from..from + somebody.width * 3];
            room.rgb[to..to + row.len()].copy_from_slice(row);
        }
    }
    room
}

fn looks(aim: &mut Aim, tracker: &mut Tracker, room: &Still, frames: usize) -> Part {
    let parts = (0..frames).map(|_| aim.look(tracker, &room.picture()).unwrap().unwrap());
    parts.last().unwrap()
}

/// Where the face is in a part, as shares of it.
fn face(tracker: &mut Tracker, room: &Still, part: Part) -> Option<(f32, f32)> {
    let rgb = part.cut(&room.picture()).to_vec();
    let still = Still { width: part.dimensions().0, height: part.dimensions().1, rgb };
    tracker.forget();
    match tracker.look(&still.picture(), std::time::Duration::ZERO, Gaze::LeftOut).unwrap().seen {
        Seen::Face(face) => Some(face.centre),
        _ => None,
    }
}

#[test]
fn a_face_anywhere_in_a_wide_frame_comes_into_the_middle_of_the_part() {
    let (Some(mut tracker), Some(somebody)) = (tracker(), somebody()) else { return };
    for place in [(0, 0), (600, 0), (1_152, 20), (60, 400), (1_000, 350), (500, 672), (1_152, 672)] {
        let room = room(&somebody, &[place]);
        let mut aim = Aim::new(VIEW);
        let part = looks(&mut aim, &mut tracker, &room, SEARCH);
        assert!(aim.has_found(), "{place:?}");
        let (x, y) = face(&mut tracker, &room, part).expect("a face in the part");
        let at_an_edge = |from: usize, size: usize, frame: usize| from == 0 || from + size == frame;
        let (corner, size) = (part.corner(), part.dimensions());
        assert!((0.4..=0.6).contains(&x) || at_an_edge(corner.0, size.0, FRAME.0), "{place:?}: {x}");
        assert!((0.35..=0.6).contains(&y) || at_an_edge(corner.1, size.1, FRAME.1), "{place:?}: {y}");
    }
}

#[test]
fn whoever_is_nearer_is_looked_at_and_whoever_waits_behind_is_not() {
    let (Some(mut tracker), Some(near)) = (tracker(), somebody()) else { return };
    let far = Still::of(170, 170, |x, y| near.at(x * 4, y * 4));
    let mut room = room(&near, &[(1_100, 500)]);
    let behind = self::room(&far, &[(100, 100)]);
    for y in 100..270 {
        let at = (y * FRAME.0 + 100) * 3;
        room.rgb[at..at + 510].copy_from_slice(&behind.rgb[at..at + 510]);
    }
    let mut aim = Aim::new(VIEW);
    let part = looks(&mut aim, &mut tracker, &room, SEARCH);
    assert!(part.corner().0 > 900, "{part:?}");
}

#[test]
fn the_part_goes_after_a_face_until_it_is_held_and_searches_again_for_one_that_left() {
    let (Some(mut tracker), Some(somebody)) = (tracker(), somebody()) else { return };
    let (here, there) = (room(&somebody, &[(100, 200)]), room(&somebody, &[(300, 280)]));
    let far_away = room(&somebody, &[(1_150, 670)]);
    let mut aim = Aim::new(VIEW);
    let first = looks(&mut aim, &mut tracker, &here, SEARCH);
    assert_eq!(looks(&mut aim, &mut tracker, &here, 3), first, "a face that stands still moves nothing");
    let second = looks(&mut aim, &mut tracker, &there, 2);
    assert!(second.corner().0 > first.corner().0 + 150, "{first:?} {second:?}");
    // Where it cannot be seen any more it is given up, then found elsewhere.
    let third = looks(&mut aim, &mut tracker, &far_away, 8 + SEARCH);
    assert!(third.corner().0 > 1_000, "{third:?}");
    aim.hold();
    assert_eq!(looks(&mut aim, &mut tracker, &here, 20), third, "held");
    aim.release();
    assert!(looks(&mut aim, &mut tracker, &here, SEARCH).corner().0 < 400, "the next person");
}

#[test]
fn nobody_leaves_the_part_in_the_middle_and_a_frame_no_larger_than_it_is_looked_at_whole() {
    let (Some(mut tracker), Some(somebody)) = (tracker(), somebody()) else { return };
    let mut aim = Aim::new(VIEW);
    aim.hold();
    let part = looks(&mut aim, &mut tracker, &room(&somebody, &[]), 12);
    assert!(!aim.has_found());
    assert_eq!(part.corner().0, (FRAME.0 - 640) / 2);
    // Held before anybody came, it stays at the first face.
    let here = room(&somebody, &[(100, 200)]);
    let found = looks(&mut aim, &mut tracker, &here, SEARCH);
    assert!(aim.has_found() && found.corner().0 < 400, "{found:?}");
    assert_eq!(looks(&mut aim, &mut tracker, &room(&somebody, &[(1_150, 670)]), 12), found);
    assert_eq!(aim.look(&mut tracker, &Still::of(640, 480, |_, _| [0; 3]).picture()).unwrap(), None);
}
