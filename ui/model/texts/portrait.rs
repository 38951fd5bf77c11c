//! What a person does for a better photo: one short line at a time, then the button again.

use senim_domain::portrait::Instruction;

use super::Phrase;

/// The line for an instruction.
#[must_use]
pub const fn line(instruction: Instruction) -> Phrase {
    match instruction {
        Instruction::UncoverLens => Phrase::new(
            "Камера ештеңе көрмей тұр: оны жауып тұрған нәрсені алыңыз",
            "Камера ничего не видит: уберите то, что её закрывает",
            "The camera sees nothing: take away what covers it",
        ),
        Instruction::ComeIntoView => {
            Phrase::new("Камераның алдына тұрыңыз", "Встаньте перед камерой", "Stand in front of the camera")
        }
        Instruction::BeAlone => Phrase::new(
            "Камера алдында тек сіз болуыңыз керек",
            "Перед камерой должны быть только вы",
            "Only you may be in front of the camera",
        ),
        Instruction::HoldUpright => {
            Phrase::new("Басыңызды тік ұстаңыз", "Держите голову прямо", "Hold your head upright")
        }
        Instruction::ComeCloser => Phrase::new("Камераға жақындаңыз", "Подойдите ближе", "Come closer"),
        Instruction::StepBack => {
            Phrase::new("Сәл артқа шегініңіз", "Отойдите немного назад", "Step back a little")
        }
        Instruction::MoveToMiddle => Phrase::new(
            "Бетіңізді экранның ортасына келтіріңіз",
            "Встаньте так, чтобы лицо было посередине",
            "Bring your face to the middle",
        ),
        Instruction::RaiseFace => {
            Phrase::new("Бетіңізді жоғарырақ көтеріңіз", "Поднимите лицо выше", "Raise your face")
        }
        Instruction::LowerFace => {
            Phrase::new("Бетіңізді төменірек түсіріңіз", "Опустите лицо ниже", "Lower your face")
        }
        Instruction::MoreLight => Phrase::new(
            "Бетіңізге жарық түссін: жарыққа бұрылыңыз",
            "На лице мало света: повернитесь к свету",
            "Too little light on your face: turn to the light",
        ),
        Instruction::LessLight => Phrase::new(
            "Бетіңізде жарық тым көп: жарықтан бұрылыңыз",
            "На лице слишком много света: отвернитесь от лампы",
            "Too much light on your face: turn away from the lamp",
        ),
        Instruction::LightFromFront => Phrase::new(
            "Жарық артыңыздан түсіп тұр: бетіңізге жарық түсетіндей тұрыңыз",
            "Свет идёт сзади: встаньте лицом к свету",
            "Light from behind: let it fall on your face",
        ),
        Instruction::EvenLight => Phrase::new(
            "Бетіңіздің жартысы көлеңкеде: жарыққа бұрылыңыз",
            "Половина лица в тени: повернитесь к свету",
            "Half of your face is in shadow: turn to the light",
        ),
        Instruction::AvoidGlare => Phrase::new(
            "Жарық шағылысып тұр: басыңызды сәл бұрыңыз немесе көзілдірікті шешіңіз",
            "Свет отражается: снимите очки или немного повернитесь",
            "Something reflects: take off your glasses or turn a little",
        ),
        Instruction::HoldStill => {
            Phrase::new("Қозғалмай тұрыңыз", "Стойте спокойно, не двигайтесь", "Hold still")
        }
        Instruction::UncoverFace => Phrase::new(
            "Бетіңізді ашыңыз: масканы немесе шарфты шешіңіз",
            "Откройте лицо: снимите маску или шарф",
            "Uncover your face: take off the mask or scarf",
        ),
        Instruction::TakeOffGlasses => {
            Phrase::new("Қара көзілдірікті шешіңіз", "Снимите тёмные очки", "Take off dark glasses")
        }
        Instruction::LookStraight => {
            Phrase::new("Камераға тура қараңыз", "Смотрите прямо в камеру", "Look straight at the camera")
        }
        Instruction::OpenEyes => Phrase::new("Көзіңізді ашыңыз", "Откройте глаза", "Open your eyes"),
        Instruction::CloseMouth => Phrase::new("Аузыңызды жабыңыз", "Закройте рот", "Close your mouth"),
        Instruction::BeSerious => Phrase::new("Күлмей тұрыңыз", "Не улыбайтесь", "Do not smile"),
        Instruction::LightBackground => Phrase::new(
            "Артыңыз қараңғы: ашық түсті қабырғаның алдына тұрыңыз",
            "Сзади темно: встаньте перед светлой стеной",
            "It is dark behind you: stand in front of a light wall",
        ),
        Instruction::PlainBackground => Phrase::new(
            "Артыңызда ештеңе болмауы керек: бір түсті қабырғаның алдына тұрыңыз",
            "Сзади не должно быть ничего: встаньте перед однотонной стеной",
            "Nothing may be behind you: stand in front of a plain wall",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use senim_domain::Language;

    use super::*;

    #[test]
    fn every_instruction_has_a_short_line_of_its_own_in_each_language() {
        for language in [Language::Kk, Language::Ru, Language::En] {
            let lines: BTreeSet<&str> =
                Instruction::ALL.iter().map(|told| line(*told).get(language)).collect();
            assert_eq!(lines.len(), Instruction::ALL.len(), "{language:?}");
            assert!(
                lines.iter().all(|line| (6..=75).contains(&line.chars().count())),
                "{language:?}: {lines:?}"
            );
        }
    }
}
