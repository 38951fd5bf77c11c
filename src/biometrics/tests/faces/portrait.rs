//! The public-domain portrait: refused for her smile and for what is behind her, accepted when both are amended.

use senim_biometrics::{Assessment, Instruction, PortraitScores, Tracker, assess, best_portrait};

use crate::material::{Still, astronaut, tracker};

/// What is asked for.
const LEAST: PortraitScores = PortraitScores::OF_USE;

fn look(tracker: &mut Tracker, still: &Still) -> Assessment {
    assess(tracker, &still.picture()).unwrap()
}

fn told(tracker: &mut Tracker, still: &Still) -> Vec<Instruction> {
    look(tracker, still).missed(&LEAST).into_iter().map(|(_, instruction)| instruction).collect()
}

/// Head and shoulders at the size of a terminal's camera.
fn portrait() -> Option<Still> {
    Some(astronaut()?.part(66, 0, 640, 500, 2.0))
}

/// What is not the person becomes a plain light wall: outside an outline drawn by hand around hair, neck and shoulders.
fn before_a_wall(still: &Still) -> Still {
    let outline = [
        (130.0, 499.0),
        (150.0, 410.0),
        (235.0, 365.0),
        (228.0, 320.0),
        (205.0, 270.0),
        (190.0, 190.0),
        (196.0, 110.0),
        (225.0, 50.0),
        (270.0, 18.0),
        (330.0, 10.0),
        (385.0, 24.0),
        (425.0, 60.0),
        (448.0, 120.0),
        (450.0, 200.0),
        (435.0, 275.0),
        (412.0, 325.0),
        (420.0, 365.0),
        (520.0, 410.0),
        (560.0, 499.0),
    ];
    let person = still.painted(&outline, [1, 254, 3]);
    still.changed(|x, y, before| {
        let shade = 205 - (y / 40) as u8;
        if person.at(x, y) == [1, 254, 3] { before } else { [shade, shade, shade + 2] }
    })
}

/// The mouth of a person who does not smile: narrower, its corners lowered, the lips where the teeth were.
fn serious(tracker: &mut Tracker, still: &Still) -> Still {
    tracker.forget();
    let _ =
        tracker.look(&still.picture(), std::time::Duration::ZERO, senim_biometrics::Gaze::LeftOut).unwrap();
    let points = *tracker.mesh().unwrap().points();
    let (left, right) = (points[61], points[291]);
    let (upper, lower) = (points[13], points[14]);
    let half = (right.x - left.x) / 2.0;
    let tilt = (right.y - left.y) / (right.x - left.x);
    let (cx, cy) = ((left.x + right.x) / 2.0, (upper.y + lower.y) / 2.0);
    let gap = (lower.y - upper.y) / 2.0 + 1.5;
    let lift = cy - (left.y + right.y) / 2.0;
    still.changed(|x, y, before| {
        let (dx, dy) = (x as f32 - cx, y as f32 - cy - tilt * (x as f32 - cx));
        let near = (-(dx / (half * 1.5)).powi(4) - (dy / (half * 1.1)).powi(4)).exp();
        if near < 0.01 {
            return before;
        }
        // From where each pixel comes: farther out, corners from higher up, lips from beyond the opening.
        let from_x = dx * (1.0 + 0.34 * near);
        let along = (from_x / half).abs().min(1.2);
        let opening = gap * (1.0 - along * along).max(0.0).sqrt() * near;
        let side = if dy < 0.0 { -1.0 } else { 1.0 };
        let from_y = dy + side * opening - lift * along * along * near;
        let (sx, sy) = (cx + from_x, cy + from_y + tilt * from_x);
        let at = |x: f32, y: f32| still.at(x as usize, y as usize).map(f32::from);
        let (fx, fy) = (sx.fract(), sy.fract());
        let (a, b, c, d) = (at(sx, sy), at(sx + 1.0, sy), at(sx, sy + 1.0), at(sx + 1.0, sy + 1.0));
        std::array::from_fn(|part| {
            let top = a[part] * (1.0 - fx) + b[part] * fx;
            let low = c[part] * (1.0 - fx) + d[part] * fx;
            (top * (1.0 - fy) + low * fy) as u8
        })
    })
}

/// Writes a picture where the variable says, for whoever wants to see what is tested.
fn shown(still: &Still, name: &str) {
    let Some(folder) = std::env::var_os("SENIM_SHOW_PICTURES") else { return };
    let file = std::fs::File::create(std::path::Path::new(&folder).join(name)).unwrap();
    let mut encoder = png::Encoder::new(file, still.width as u32, still.height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&still.rgb).unwrap();
}

#[test]
fn a_smile_and_a_room_behind_are_refused_and_nothing_else() {
    let (Some(mut tracker), Some(still)) = (tracker(), portrait()) else { return };
    shown(&still, "portrait.png");
    let told = told(&mut tracker, &still);
    assert!(told.contains(&Instruction::BeSerious) && told.contains(&Instruction::CloseMouth), "{told:?}");
    assert!(told.contains(&Instruction::PlainBackground), "{told:?}");
    let expected = [
        Instruction::BeSerious,
        Instruction::CloseMouth,
        Instruction::PlainBackground,
        Instruction::LightBackground,
    ];
    assert!(told.iter().all(|one| expected.contains(one)), "{told:?}");
}

#[test]
fn amended_smile_and_ground_are_accepted_and_one_alone_is_not() {
    let (Some(mut tracker), Some(still)) = (tracker(), portrait()) else { return };
    let wall = before_a_wall(&still);
    shown(&wall, "wall.png");
    let smiling = told(&mut tracker, &wall);
    assert!(smiling.contains(&Instruction::BeSerious), "{smiling:?}");
    assert!(!smiling.contains(&Instruction::PlainBackground), "{smiling:?}");
    let room = serious(&mut tracker, &still);
    assert!(told(&mut tracker, &room).contains(&Instruction::PlainBackground));
    let good = serious(&mut tracker, &wall);
    shown(&good, "good.png");
    let assessment = look(&mut tracker, &good);
    assert_eq!(assessment.missed(&LEAST), [], "{:?}", assessment.scores);
    let best = best_portrait([look(&mut tracker, &wall), assessment], &LEAST).unwrap().unwrap();
    assert_eq!((best.index, best.quality), (1, assessment.quality()));
}

#[test]
fn every_fault_has_its_instruction() {
    let (Some(mut tracker), Some(still)) = (tracker(), portrait()) else { return };
    let wall = before_a_wall(&still);
    let good = serious(&mut tracker, &wall);
    let mut at = |numbers: &[usize]| -> Vec<(f32, f32)> {
        tracker.forget();
        let _ = tracker
            .look(&good.picture(), std::time::Duration::ZERO, senim_biometrics::Gaze::LeftOut)
            .unwrap();
        let points = *tracker.mesh().unwrap().points();
        numbers.iter().map(|number| (points[*number].x, points[*number].y)).collect()
    };
    let mask = at(&[5, 205, 187, 147, 172, 150, 176, 152, 400, 379, 397, 376, 411, 425]);
    let right_glass = at(&[46, 105, 107, 188, 230, 229, 228, 31, 226]);
    let left_glass = at(&[276, 334, 336, 412, 450, 449, 448, 261, 446]);
    let glare = at(&[108, 337, 336, 285, 8, 55, 107]);
    let middle = at(&[168])[0].0;
    let dim = |share: f32| {
        move |_: usize, _: usize, before: [u8; 3]| before.map(|part| (f32::from(part) * share) as u8)
    };
    let before_a_window = |share: f32| {
        good.changed(|x, y, before| {
            let [red, _, blue] = wall.at(x, y);
            if blue == red.wrapping_add(2) { [250; 3] } else { dim(share)(x, y, before) }
        })
    };
    let blurred = good.changed(|x, y, _| {
        let reach = 4_usize;
        let mut sum = [0_u32; 3];
        for down in 0..=2 * reach {
            for right in 0..=2 * reach {
                let (x, y) = ((x + right).saturating_sub(reach), (y + down).saturating_sub(reach));
                let seen = good.at(x.min(good.width - 1), y.min(good.height - 1));
                (0..3).for_each(|part| sum[part] += u32::from(seen[part]));
            }
        }
        sum.map(|sum| (sum / 81) as u8)
    });
    let table = [
        (Still::of(640, 480, |_, _| [0; 3]), Instruction::UncoverLens),
        (Still::of(640, 480, |x, y| [(x / 4) as u8, (y / 4) as u8, 90]), Instruction::ComeIntoView),
        (good.part(120, 0, 400, 500, 1.0).beside(&good.part(120, 0, 400, 500, 1.0)), Instruction::BeAlone),
        (good.quarter_turned(), Instruction::HoldUpright),
        (good.quarter_turned().quarter_turned(), Instruction::HoldUpright),
        (Still::of(320, 250, |x, y| good.at(x * 2, y * 2)), Instruction::ComeCloser),
        (good.part(179, 141, 640, 500, 2.4), Instruction::StepBack),
        (good.part(260, 0, 640, 500, 1.0), Instruction::MoveToMiddle),
        (good.part(0, -170, 640, 500, 1.0), Instruction::RaiseFace),
        (good.part(0, 150, 640, 500, 1.0), Instruction::LowerFace),
        (good.changed(dim(0.25)), Instruction::MoreLight),
        (good.changed(|_, _, before| before.map(|part| part.saturating_add(110))), Instruction::LessLight),
        (before_a_window(0.25), Instruction::LightFromFront),
        (before_a_window(0.45), Instruction::LightFromFront),
        (
            good.changed(|x, y, before| if (x as f32) < middle { dim(0.45)(x, y, before) } else { before }),
            Instruction::EvenLight,
        ),
        (good.painted(&glare, [255; 3]), Instruction::AvoidGlare),
        (blurred, Instruction::HoldStill),
        (good.painted(&mask, [225, 230, 235]), Instruction::UncoverFace),
        (
            good.painted(&right_glass, [22, 20, 24]).painted(&left_glass, [22, 20, 24]),
            Instruction::TakeOffGlasses,
        ),
        (wall.clone(), Instruction::BeSerious),
    ];
    for (number, (picture, instruction)) in table.iter().enumerate() {
        shown(picture, &format!("fault-{number:02}.png"));
        let assessment = look(&mut tracker, picture);
        let missed = assessment.missed(&LEAST);
        assert!(
            missed.iter().any(|(_, told)| told == instruction),
            "{instruction:?}: {missed:?} {:?}",
            assessment.scores
        );
    }
}

/// The rig's people are drawn: journeys of real processes take their portraits by the same thresholds as anybody's.
#[test]
fn everybody_of_the_simulated_world_can_be_photographed() {
    let Some(mut tracker) = tracker() else { return };
    for person in senim_world::people::builtin().unwrap() {
        let frame = senim_world::portrait::frame(&senim_world::portrait::before_camera(&person), 1, 1);
        let (width, height) = (u32::try_from(frame.width).unwrap(), u32::try_from(frame.height).unwrap());
        let picture = senim_biometrics::Picture::new(width, height, &frame.rgb).unwrap();
        let assessment = senim_biometrics::assess(&mut tracker, &picture).unwrap();
        assert_eq!(assessment.missed(&PortraitScores::OF_USE), [], "{}", person.iin);
    }
}
