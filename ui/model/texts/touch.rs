//! A technician calibrates the touch panel, and looks whether the display is whole.

use super::Phrase;

/// A task.
pub const TASK: Phrase = Phrase::new("Сенсорды калибрлеу", "Калибровка касаний", "Calibrate the touch panel");
/// Its second line.
pub const TASK_DETAIL: Phrase = Phrase::new(
    "Түймелер саусақ тиген жерден тыс басылса",
    "Если кнопки нажимаются не там, где палец",
    "If buttons are pressed beside the finger",
);
/// Over the mark; `{}` is which of how many, `2 / 5`.
pub const MARK: Phrase = Phrase::new(
    "Айқыштың ортасын басыңыз: {}",
    "Нажмите в центр креста: {}",
    "Press the middle of the cross: {}",
);
/// How to leave.
pub const MARK_TEXT: Phrase = Phrase::new(
    "Бір минут ешнәрсені баспасаңыз, калибрлеу тоқтайды, ештеңе өзгермейді.",
    "Если минуту ничего не нажимать, калибровка прекратится и ничего не изменится.",
    "If nothing is pressed for a minute, the calibration stops and nothing is changed.",
);
/// Title: the new correction is tried.
pub const TRIAL: Phrase =
    Phrase::new("Енді «Сақтау» түймесін басыңыз", "Теперь нажмите «Сохранить»", "Now press “Keep”");
/// What happens if that does not succeed.
pub const TRIAL_TEXT: Phrase = Phrase::new(
    "Түйме басылмаса, бұрынғы калибрлеу 30 секундтан кейін өзі қайтарылады.",
    "Если кнопка не нажимается, через 30 секунд сама вернётся прежняя калибровка.",
    "If the button cannot be pressed, the calibration before comes back by itself after 30 seconds.",
);
/// Button.
pub const KEEP: Phrase = Phrase::new("Сақтау", "Сохранить", "Keep");
/// Button.
pub const TAKE_BACK: Phrase = Phrase::new("Бұрынғысын қайтару", "Вернуть прежнюю", "Take it back");
/// Title.
pub const CORRECTED: Phrase =
    Phrase::new("Сенсор калибрленді", "Касания откалиброваны", "The touch panel is calibrated");
/// What that means.
pub const CORRECTED_TEXT: Phrase = Phrase::new(
    "Жаңа калибрлеу терминал қайта қосылғаннан кейін де сақталады.",
    "Новая калибровка сохранится и после перезапуска терминала.",
    "The new calibration stays after a restart of the terminal as well.",
);
/// Title.
pub const EXACT: Phrase =
    Phrase::new("Калибрлеу қажет емес", "Калибровка не нужна", "No calibration is needed");
/// Why.
pub const EXACT_TEXT: Phrase = Phrase::new(
    "Барлық белгі дәл басылды. Ештеңе өзгерген жоқ.",
    "Все метки нажаты точно. Ничего не изменено.",
    "Every mark was hit. Nothing was changed.",
);
/// Title.
pub const MISSED: Phrase =
    Phrase::new("Калибрлеу болмады", "Калибровка не удалась", "The calibration failed");
/// What to do.
pub const MISSED_TEXT: Phrase = Phrase::new(
    "Белгілердің бірі дәл басылмады. Қайталаңыз. Тағы болмаса, экранды сүртіп, сенсордың кабелін тексеріңіз.",
    "Одна из меток нажата неточно. Повторите. Если снова не выйдет, протрите экран и проверьте кабель сенсора.",
    "One of the marks was missed. Try again. If it fails again, wipe the screen and check the cable of the touch panel.",
);
/// Title.
pub const TAKEN_BACK: Phrase = Phrase::new(
    "Бұрынғы калибрлеу қайтарылды",
    "Прежняя калибровка возвращена",
    "The calibration before is back",
);
/// Why.
pub const TAKEN_BACK_TEXT: Phrase = Phrase::new(
    "Жаңа калибрлеу сақталмады.",
    "Новая калибровка не была сохранена.",
    "The new calibration was not kept.",
);
/// Title.
pub const NOT_DONE: Phrase =
    Phrase::new("Калибрлеу аяқталмады", "Калибровка не завершена", "The calibration was not finished");
/// Why.
pub const NOT_DONE_TEXT: Phrase = Phrase::new(
    "Белгілердің бәрі басылған жоқ. Ештеңе өзгерген жоқ.",
    "Нажаты не все метки. Ничего не изменено.",
    "Not every mark was pressed. Nothing was changed.",
);

/// The display, as a device.
pub const DISPLAY: Phrase = Phrase::new("Экран", "Экран", "Display");
/// What to do where it does not work.
pub const DISPLAY_CURE: Phrase = Phrase::new(
    "Экранның кабелі мен қуатын тексеріңіз. Қызыл жиек толық көрінбесе немесе түс жетіспесе, экранды ауыстырыңыз.",
    "Проверьте кабель и питание экрана. Если красная рамка видна не вся или нет какого-то цвета, замените экран.",
    "Check the cable and the power of the display. If part of the red frame or a colour is missing, replace it.",
);
/// What happens when it is tried.
pub const DISPLAY_DOES: Phrase =
    Phrase::new("Сынақ суретін көрсетеді", "Покажет проверочную картинку", "Shows a test picture");
/// While the picture is shown.
pub const DISPLAY_RUNS: Phrase = Phrase::new(
    "Қызыл жиек төрт жағынан да көріне ме? Сегіз түс пен он екі сұр реңктің бәрі бөлек пе?",
    "Красная рамка видна со всех четырёх сторон? Все восемь цветов и двенадцать оттенков серого различаются?",
    "Can the red frame be seen on all four sides? Do all eight colours and twelve greys differ?",
);
/// Button.
pub const DISPLAY_SEEN: Phrase = Phrase::new("Бәрі көрінеді", "Всё видно", "All is there");
/// Button.
pub const DISPLAY_NOT_SEEN: Phrase = Phrase::new("Бәрі емес", "Не всё", "Not all");
