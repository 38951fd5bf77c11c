//! What measures mean: good enough to be sent, or which fault the person can do something about.
//!
//! The thresholds are the rule pack's. Faults are told in the order in which they hide each other: nothing can be said
//! about the sharpness of a dark frame.

use senim_domain::rule_pack::PortraitRules;

use crate::measure::Measures;

/// What a portrait must be like; see [`PortraitRules`] for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Smallest width in pixels.
    pub min_width_px: u32,
    /// Smallest height in pixels.
    pub min_height_px: u32,
    /// Darkest permitted mean luma, 0 to 255.
    pub min_mean_luma: u8,
    /// Brightest permitted mean luma, 0 to 255.
    pub max_mean_luma: u8,
    /// Smallest standard deviation of luma; below it the camera is covered or sees nothing.
    pub min_luma_deviation: u8,
    /// Smallest variance of the Laplacian of luma.
    pub min_sharpness: u32,
}

impl From<&PortraitRules> for Thresholds {
    fn from(rules: &PortraitRules) -> Self {
        let PortraitRules {
            min_width_px,
            min_height_px,
            min_mean_luma,
            max_mean_luma,
            min_luma_deviation,
            min_sharpness,
            tries: _,
            life_seconds: _,
            min_match_permille: _,
        } = *rules;
        Self { min_width_px, min_height_px, min_mean_luma, max_mean_luma, min_luma_deviation, min_sharpness }
    }
}

/// What is wrong with a frame, the one that hides the others first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Fewer pixels than the rules demand: the camera is set up wrongly, the person can do nothing.
    TooSmall,
    /// Dark, covered or blank.
    TooDark,
    /// Too bright.
    TooBright,
    /// Not sharp.
    Blurred,
}

/// Whether a frame can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It can.
    Good {
        /// 0 to 100, to choose among good frames: half for exposure, half for detail.
        quality: u8,
    },
    /// It cannot.
    Poor(Fault),
}

/// The frame to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Best {
    /// Its place in the burst, from 0.
    pub index: usize,
    /// Its quality, 0 to 100.
    pub quality: u8,
}

/// Judges the measures of a frame of `dimensions` (pixels across, pixels down).
#[must_use]
pub fn judge(measures: &Measures, dimensions: (u32, u32), thresholds: &Thresholds) -> Verdict {
    let (width, height) = dimensions;
    let Measures { mean_luma, luma_deviation, sharpness } = *measures;
    if width < thresholds.min_width_px || height < thresholds.min_height_px {
        Verdict::Poor(Fault::TooSmall)
    } else if mean_luma < thresholds.min_mean_luma {
        Verdict::Poor(Fault::TooDark)
    } else if mean_luma > thresholds.max_mean_luma {
        Verdict::Poor(Fault::TooBright)
    } else if luma_deviation < thresholds.min_luma_deviation {
        // A lens covered by a hand in bright light is grey, not black.
        Verdict::Poor(Fault::TooDark)
    } else if sharpness < thresholds.min_sharpness {
        Verdict::Poor(Fault::Blurred)
    } else {
        Verdict::Good { quality: quality(measures, thresholds) }
    }
}

/// Chooses from a burst, in the order in which it was taken: the best good frame, the earliest of equals. Without a good
/// frame the most frequent fault, of equally frequent ones the first in the order of [`Fault`].
///
/// `None` when the burst is empty.
pub fn best_of(burst: impl IntoIterator<Item = Verdict>) -> Option<Result<Best, Fault>> {
    let mut best: Option<Best> = None;
    let mut faults = std::collections::BTreeMap::<Fault, usize>::new();
    for (index, verdict) in burst.into_iter().enumerate() {
        match verdict {
            Verdict::Good { quality } if best.is_none_or(|best| quality > best.quality) => {
                best = Some(Best { index, quality });
            }
            Verdict::Good { .. } => {}
            Verdict::Poor(fault) => *faults.entry(fault).or_default() += 1,
        }
    }
    // `max_by_key` keeps the last of equals; turned round, that is the first fault.
    let most_frequent = || faults.iter().rev().max_by_key(|(_, count)| **count).map(|(fault, _)| Err(*fault));
    best.map(Ok).or_else(most_frequent)
}

/// Detail above four times the threshold brings nothing more.
const AMPLE_SHARPNESS: u64 = 4;

fn quality(measures: &Measures, thresholds: &Thresholds) -> u8 {
    let (low, high) = (u64::from(thresholds.min_mean_luma), u64::from(thresholds.max_mean_luma));
    let mean = u64::from(measures.mean_luma);
    let from_the_edge = mean.saturating_sub(low).min(high.saturating_sub(mean));
    let exposure = share_of_50(from_the_edge, high.saturating_sub(low) / 2);
    let ample = u64::from(thresholds.min_sharpness) * AMPLE_SHARPNESS;
    let detail = share_of_50(u64::from(measures.sharpness), ample);
    u8::try_from(exposure + detail).unwrap_or(100)
}

fn share_of_50(part: u64, whole: u64) -> u64 {
    (part.min(whole) * 50).checked_div(whole).unwrap_or(50)
}

#[cfg(test)]
mod tests {
    use senim_domain::rule_pack::RulePack;
    use senim_world::people::{self, Person};
    use senim_world::picture::Picture as Drawn;
    use senim_world::portrait;

    use super::*;
    use crate::measure::{Picture, measure};

    const SAMPLE: &str = include_str!("../../docs/formats/rule-pack.sample.json");

    /// The demonstration's thresholds.
    fn thresholds() -> Thresholds {
        Thresholds::from(&serde_json::from_str::<RulePack>(SAMPLE).unwrap().portrait)
    }

    fn verdict(width: usize, height: usize, rgb: &[u8]) -> Verdict {
        let (width, height) = (u32::try_from(width).unwrap(), u32::try_from(height).unwrap());
        let picture = Picture::new(width, height, rgb).unwrap();
        judge(&measure(&picture), picture.dimensions(), &thresholds())
    }

    /// A test card: squares of two lumas.
    fn card(width: usize, height: usize, dark: u8, light: u8) -> Vec<u8> {
        let luma =
            |at: usize| if (at % width / 16 + at / width / 16).is_multiple_of(2) { dark } else { light };
        (0..width * height).flat_map(|at| [luma(at); 3]).collect()
    }

    fn camera(person: &Person, n: usize, seed: u64) -> Vec<Drawn> {
        let frames = portrait::frames(person, n, seed).unwrap();
        frames.iter().map(|png| Drawn::from_png(png).unwrap()).collect()
    }

    /// The mean over a square of `2 × radius + 1` pixels: a lens out of focus.
    fn out_of_focus(picture: &Drawn, radius: i64) -> Vec<u8> {
        let mean = |x: i64, y: i64, part: usize| {
            let square = (y - radius..=y + radius)
                .flat_map(|y| (x - radius..=x + radius).map(move |x| (x, y)))
                .map(|(x, y)| u32::from(picture.at(x, y)[part]));
            let (sum, count) = square.fold((0, 0), |(sum, count), value| (sum + value, count + 1));
            u8::try_from(sum / count).unwrap()
        };
        (0..picture.height as i64)
            .flat_map(|y| (0..picture.width as i64).map(move |x| (x, y)))
            .flat_map(|(x, y)| [mean(x, y, 0), mean(x, y, 1), mean(x, y, 2)])
            .collect()
    }

    #[test]
    fn a_sharp_card_in_good_light_is_good() {
        assert!(matches!(verdict(640, 480, &card(640, 480, 60, 180)), Verdict::Good { quality: 50.. }));
        assert!(matches!(verdict(321, 241, &card(321, 241, 60, 180)), Verdict::Good { .. }));
    }

    #[test]
    fn each_fault_has_its_verdict() {
        let table = [
            (card(640, 480, 0, 80), Fault::TooDark),
            (card(640, 480, 215, 255), Fault::TooBright),
            (card(640, 480, 0, 0), Fault::TooDark),
            (card(640, 480, 255, 255), Fault::TooBright),
            (card(640, 480, 128, 128), Fault::TooDark),
            (card(640, 480, 120, 136), Fault::TooDark),
        ];
        for (rgb, fault) in table {
            assert_eq!(verdict(640, 480, &rgb), Verdict::Poor(fault));
        }
    }

    #[test]
    fn a_good_scene_with_too_few_pixels_is_too_small() {
        for (width, height) in [(319, 240), (320, 239), (16, 16), (1, 1), (0, 0)] {
            assert_eq!(
                verdict(width, height, &card(width.max(1), height, 60, 180)[..width * height * 3]),
                Verdict::Poor(Fault::TooSmall)
            );
        }
        assert!(matches!(verdict(320, 240, &card(320, 240, 60, 180)), Verdict::Good { .. }));
    }

    #[test]
    fn a_threshold_is_permitted_and_the_next_value_is_not() {
        let thresholds = thresholds();
        let edge = Measures {
            mean_luma: thresholds.min_mean_luma,
            luma_deviation: thresholds.min_luma_deviation,
            sharpness: thresholds.min_sharpness,
        };
        let judged = |measures| judge(&measures, (320, 240), &thresholds);
        assert!(matches!(judged(edge), Verdict::Good { .. }));
        assert!(matches!(
            judged(Measures { mean_luma: thresholds.max_mean_luma, ..edge }),
            Verdict::Good { .. }
        ));
        let faults = [
            (Measures { mean_luma: edge.mean_luma - 1, ..edge }, Fault::TooDark),
            (Measures { mean_luma: thresholds.max_mean_luma + 1, ..edge }, Fault::TooBright),
            (Measures { luma_deviation: edge.luma_deviation - 1, ..edge }, Fault::TooDark),
            (Measures { sharpness: edge.sharpness - 1, ..edge }, Fault::Blurred),
        ];
        for (measures, fault) in faults {
            assert_eq!(judged(measures), Verdict::Poor(fault));
        }
    }

    #[test]
    fn quality_rises_with_detail_and_better_light_and_stays_within_100() {
        let thresholds = thresholds();
        let of = |mean_luma, sharpness| {
            quality(&Measures { mean_luma, luma_deviation: 40, sharpness }, &thresholds)
        };
        assert!(of(130, 60) > of(61, 60));
        assert!(of(130, 240) > of(130, 60));
        assert_eq!((of(145, 240), of(145, u32::MAX), of(60, 60)), (100, 100, 12));
        let nothing_demanded = Thresholds {
            min_mean_luma: 9,
            max_mean_luma: 9,
            min_sharpness: 0,
            min_luma_deviation: 0,
            ..thresholds
        };
        assert_eq!(
            quality(&Measures { mean_luma: 9, luma_deviation: 0, sharpness: 0 }, &nothing_demanded),
            100
        );
    }

    #[test]
    fn every_frame_of_every_person_of_the_world_is_good_by_the_demonstration_rules() {
        for person in people::builtin().unwrap() {
            for frame in camera(&person, 3, 7) {
                let verdict = verdict(frame.width, frame.height, &frame.rgb);
                assert!(matches!(verdict, Verdict::Good { quality: 20.. }), "{} {verdict:?}", person.iin);
            }
        }
    }

    #[test]
    fn a_covered_camera_is_refused_whatever_the_noise_of_its_sensor() {
        let mut state = 1_u64;
        for level in [0, 10, 90, 130, 180] {
            let rgb: Vec<u8> = (0..640 * 480 * 3)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    level + u8::try_from((state >> 33) % 24).unwrap()
                })
                .collect();
            assert_eq!(verdict(640, 480, &rgb), Verdict::Poor(Fault::TooDark), "{level}");
        }
    }

    #[test]
    fn a_dark_person_before_a_bright_window_is_too_dark_and_a_sharp_wall_does_not_make_a_person_sharp() {
        let scene = |middle: u8| -> Vec<u8> {
            let luma = |x: usize, y: usize| {
                let in_the_middle = (160..480).contains(&x) && (120..360).contains(&y);
                let wall = if (x / 2 + y / 2).is_multiple_of(2) { 255 } else { 200 };
                let slope = u8::try_from(x / 8).unwrap();
                if in_the_middle { middle.saturating_add(slope) } else { wall }
            };
            (0..640 * 480).flat_map(|at| [luma(at % 640, at / 640); 3]).collect()
        };
        assert_eq!(verdict(640, 480, &scene(10)), Verdict::Poor(Fault::TooDark));
        let softened = Thresholds { min_luma_deviation: 5, ..thresholds() };
        let rgb = scene(80);
        let picture = Picture::new(640, 480, &rgb).unwrap();
        assert_eq!(judge(&measure(&picture), (640, 480), &softened), Verdict::Poor(Fault::Blurred));
    }

    #[test]
    fn a_person_out_of_focus_is_blurred() {
        let person = people::builtin().unwrap().remove(0);
        let frame = camera(&person, 1, 7).remove(0);
        let rgb = out_of_focus(&frame, 4);
        assert_eq!(verdict(frame.width, frame.height, &rgb), Verdict::Poor(Fault::Blurred));
    }

    #[test]
    fn a_person_in_a_dark_room_and_in_glaring_light_is_told_so() {
        let person = people::builtin().unwrap().remove(0);
        let frame = camera(&person, 1, 7).remove(0);
        let dark: Vec<u8> = frame.rgb.iter().map(|part| part / 5).collect();
        let glaring: Vec<u8> = frame.rgb.iter().map(|part| part.saturating_add(140)).collect();
        assert_eq!(verdict(frame.width, frame.height, &dark), Verdict::Poor(Fault::TooDark));
        assert_eq!(verdict(frame.width, frame.height, &glaring), Verdict::Poor(Fault::TooBright));
    }

    #[test]
    fn a_burst_gives_its_best_frame_and_the_earliest_of_equals() {
        let good = |quality| Verdict::Good { quality };
        let burst =
            [Verdict::Poor(Fault::Blurred), good(40), good(70), good(70), Verdict::Poor(Fault::Blurred)];
        assert_eq!(best_of(burst), Some(Ok(Best { index: 2, quality: 70 })));
        assert_eq!(best_of([good(0)]), Some(Ok(Best { index: 0, quality: 0 })));
    }

    #[test]
    fn a_burst_without_a_good_frame_gives_its_most_frequent_fault() {
        use Fault::{Blurred, TooBright, TooDark, TooSmall};
        let fault = |faults: &[Fault]| best_of(faults.iter().copied().map(Verdict::Poor));
        assert_eq!(fault(&[TooDark, Blurred, Blurred]), Some(Err(Blurred)));
        assert_eq!(fault(&[Blurred, TooBright, TooDark]), Some(Err(TooDark)));
        assert_eq!(fault(&[TooBright, TooSmall]), Some(Err(TooSmall)));
        assert_eq!(fault(&[]), None);
    }
}
