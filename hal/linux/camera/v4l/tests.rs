//! Finding the socket, and what unplugging does to an open stream.

use std::sync::Mutex;

use senim_domain::SecretBytes;

use super::*;
use crate::clock::boottime;

#[test]
fn a_camera_is_found_by_its_socket_whatever_its_number() {
    let sysfs = Sysfs::new();
    for (number, socket, index) in
        [(0, "1-1.20", "0"), (2, "1-1.2", "1"), (3, "1-1.2", "0"), (10, "1-4", "0")]
    {
        sysfs.plug(number, socket, index);
    }
    assert_eq!(find(&sysfs.class(), "1-1.2"), Some(3));
    assert_eq!(find(&sysfs.class(), "1-1.20"), Some(0));
    assert_eq!(find(&sysfs.class(), "1-1"), None);
    assert_eq!(find(&sysfs.class().join("none"), "1-1.2"), None);
    assert_eq!(sockets_of(&sysfs.class()), ["1-1.2", "1-1.20", "1-4"]);
    assert_eq!(sockets_of(&sysfs.class().join("none")), Vec::<String>::new());
}

#[test]
fn an_empty_socket_is_no_device_and_a_closed_camera_gives_no_frame() {
    let config = V4lConfig { usb_topology: "9-9.9".into(), ..config() };
    let mut camera = V4lCamera::new(config);
    let error = camera.open().unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoDevice);
    assert!(error.detail.contains("9-9.9"));
    assert_eq!(camera.frame().unwrap_err().kind, ErrorKind::Offline);
    camera.close();
}

#[test]
fn a_camera_replugged_in_an_open_stream_is_found_under_its_new_number() {
    let (sysfs, bench) = (Sysfs::new(), Bench::default());
    sysfs.plug(0, "1-1.2", "0");
    let mut camera = camera(&sysfs, &bench);
    camera.open().unwrap();
    assert_eq!(camera.frame().unwrap().width, 1);
    sysfs.unplug(0);
    bench.set(Mood::Unplugged);
    assert_eq!(camera.frame().unwrap_err().kind, ErrorKind::Offline);
    assert_eq!(camera.open().unwrap_err().kind, ErrorKind::NoDevice, "the socket is empty");
    sysfs.plug(3, "1-1.2", "0");
    sysfs.plug(0, "1-4", "0");
    bench.set(Mood::Well);
    camera.open().unwrap();
    assert_eq!(camera.frame().unwrap().width, 1);
    assert_eq!(bench.started(), [0, 3], "a foreign camera under the old number is left alone");
}

#[test]
fn an_offline_stream_is_given_up_and_is_not_asked_again() {
    let (sysfs, bench) = (Sysfs::new(), Bench::default());
    sysfs.plug(0, "1-1.2", "0");
    let mut camera = camera(&sysfs, &bench);
    camera.open().unwrap();
    bench.set(Mood::Unplugged);
    assert_eq!(camera.frame().unwrap_err().kind, ErrorKind::Offline);
    bench.set(Mood::Well);
    assert_eq!(camera.frame().unwrap_err().detail, "the camera is not open");
    camera.open().unwrap();
    assert!(camera.frame().is_ok());
}

#[test]
fn a_frame_that_cannot_be_decoded_leaves_the_stream_open() {
    let (sysfs, bench) = (Sysfs::new(), Bench::default());
    sysfs.plug(0, "1-1.2", "0");
    let mut camera = camera(&sysfs, &bench);
    camera.open().unwrap();
    bench.set(Mood::Garbled);
    assert_eq!(camera.frame().unwrap_err().kind, ErrorKind::HardwareError);
    bench.set(Mood::Well);
    assert!(camera.frame().is_ok());
}

#[test]
fn a_stream_that_hangs_is_offline_after_the_wait_and_can_be_opened_again() {
    let (sysfs, bench) = (Sysfs::new(), Bench::default());
    sysfs.plug(0, "1-1.2", "0");
    let mut camera = camera(&sysfs, &bench);
    camera.waits.frame = Duration::from_millis(20);
    camera.open().unwrap();
    bench.set(Mood::Hung);
    assert_eq!(camera.frame().unwrap_err().kind, ErrorKind::Offline);
    bench.set(Mood::Well);
    camera.waits.frame = WAITS.frame;
    camera.open().unwrap();
    assert!(camera.frame().is_ok());
}

#[test]
fn a_camera_that_does_not_start_is_a_fault_with_the_sockets_name() {
    let (sysfs, bench) = (Sysfs::new(), Bench::default());
    sysfs.plug(0, "1-1.2", "0");
    bench.set(Mood::Dead);
    let error = camera(&sysfs, &bench).open().unwrap_err();
    assert_eq!(error.kind, ErrorKind::HardwareError);
    assert!(error.detail.contains("1-1.2") && error.detail.contains("dead"), "{error}");
}

#[test]
fn another_camera_in_the_socket_is_refused_before_its_stream_is_started() {
    let (sysfs, bench) = (Sysfs::new(), Bench::default());
    sysfs.plug(0, "1-1.2", "0");
    sysfs.names("1-1.2", "046d", "0825", "A1B2");
    let opened = |usb_id: Option<&str>, serial: Option<&str>| {
        let mut camera = camera(&sysfs, &bench);
        camera.config.usb_id = usb_id.map(str::to_owned);
        camera.config.serial = serial.map(str::to_owned);
        camera.open().map_err(|error| error.detail)
    };
    assert_eq!(opened(None, None), Ok(()));
    assert_eq!(opened(Some("046D:0825"), Some("A1B2")), Ok(()));
    let started = bench.started().len();
    assert!(opened(Some("1d6b:0102"), None).unwrap_err().contains("it is 046d:0825, another one"));
    let other = opened(Some("046d:0825"), Some("A1B3")).unwrap_err();
    assert!(other.contains("serial number"), "{other}");
    assert_eq!(bench.started().len(), started);
}

fn config() -> V4lConfig {
    V4lConfig { usb_topology: "1-1.2".into(), usb_id: None, serial: None, width: 640, height: 480 }
}

fn camera(sysfs: &Sysfs, bench: &Bench) -> V4lCamera {
    let source = Arc::new(bench.clone());
    V4lCamera { config: config(), class: sysfs.class(), source, waits: WAITS, open: None }
}

/// A sysfs whose nodes come and go.
struct Sysfs(tempfile::TempDir);

impl Sysfs {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("class")).unwrap();
        Self(root)
    }

    fn class(&self) -> PathBuf {
        self.0.path().join("class")
    }

    fn plug(&self, number: u32, socket: &str, index: &str) {
        let device = self.0.path().join(format!("devices/usb1/{socket}/{socket}:1.0"));
        std::fs::create_dir_all(&device).unwrap();
        let node = self.class().join(format!("video{number}"));
        std::fs::create_dir(&node).unwrap();
        std::fs::write(node.join("index"), format!("{index}\n")).unwrap();
        std::os::unix::fs::symlink(&device, node.join("device")).unwrap();
    }

    /// What the device in a socket tells of itself.
    fn names(&self, socket: &str, vendor: &str, product: &str, serial: &str) {
        let device = self.0.path().join(format!("devices/usb1/{socket}"));
        for (file, text) in [("idVendor", vendor), ("idProduct", product), ("serial", serial)] {
            std::fs::write(device.join(file), format!("{text}\n")).unwrap();
        }
    }

    fn unplug(&self, number: u32) {
        std::fs::remove_dir_all(self.class().join(format!("video{number}"))).unwrap();
    }
}

/// How the stand-in behaves.
#[derive(Clone, Copy, Default)]
enum Mood {
    #[default]
    Well,
    Unplugged,
    Garbled,
    Hung,
    Dead,
}

/// A stand-in for V4L2 that notes which numbers were opened.
#[derive(Clone, Default)]
struct Bench(Arc<Mutex<(Mood, Vec<u32>)>>);

impl Bench {
    fn set(&self, mood: Mood) {
        self.0.lock().unwrap().0 = mood;
    }

    fn started(&self) -> Vec<u32> {
        self.0.lock().unwrap().1.clone()
    }
}

impl Source for Bench {
    fn start(&self, number: u32, _config: &V4lConfig) -> Result<Box<dyn Stream>, String> {
        let mut state = self.0.lock().unwrap();
        if matches!(state.0, Mood::Dead) {
            return Err("dead".to_owned());
        }
        state.1.push(number);
        Ok(Box::new(self.clone()))
    }
}

impl Stream for Bench {
    fn frame(&mut self) -> Result<Frame, Error> {
        let mood = self.0.lock().unwrap().0;
        match mood {
            Mood::Well => {
                Ok(Frame { width: 1, height: 1, rgb: SecretBytes::new(vec![0; 3]), at: boottime() })
            }
            Mood::Unplugged | Mood::Dead => Err(Error::new(ErrorKind::Offline, "no such device")),
            Mood::Garbled => Err(Error::new(ErrorKind::HardwareError, "no picture")),
            // Never returns, as a camera that hangs; the thread ends with the test's process.
            Mood::Hung => loop {
                std::thread::park();
            },
        }
    }
}
