//! Files of a travel document (Doc 9303 part 10): where they lie and what is taken out of them.
//!
//! Only what a terminal needs is understood: the list of data groups, the machine-readable zone and the face. A face
//! record is ISO/IEC 19794-5; one in the newer encoding of ISO/IEC 39794-5 is not taken out.

use senim_domain::SecretBytes;

use super::mrz::Mrz;
use crate::tlv::{Tag, elements, find};

/// An elementary file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// How the chip may be opened; readable by anybody.
    CardAccess,
    /// Which data groups there are; not signed.
    Common,
    /// The machine-readable zone.
    DataGroup1,
    /// The face.
    DataGroup2,
    /// Digests of the data groups, signed by the issuer.
    SecurityObject,
}

impl File {
    /// File identifier.
    #[must_use]
    pub const fn id(self) -> [u8; 2] {
        match self {
            Self::CardAccess => [0x01, 0x1C],
            Self::Common => [0x01, 0x1E],
            Self::DataGroup1 => [0x01, 0x01],
            Self::DataGroup2 => [0x01, 0x02],
            Self::SecurityObject => [0x01, 0x1D],
        }
    }

    /// Tag of the one object that the file holds.
    #[must_use]
    pub const fn tag(self) -> Tag {
        match self {
            Self::CardAccess => Tag(0x31),
            Self::Common => Tag(0x60),
            Self::DataGroup1 => Tag(0x61),
            Self::DataGroup2 => Tag(0x75),
            Self::SecurityObject => Tag(0x77),
        }
    }
}

/// A file does not hold what Doc 9303 puts there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a file does not hold what Doc 9303 puts there")]
pub struct LdsError;

/// How a face is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageFormat {
    /// JPEG.
    Jpeg,
    /// JPEG 2000, as a file or as a bare code stream.
    Jpeg2000,
}

/// The face of the holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portrait {
    /// How the image is encoded, by its first bytes.
    pub format: ImageFormat,
    /// The image as it stands in the record.
    pub image: SecretBytes,
}

/// Whether EF.COM lists the face.
///
/// # Errors
/// [`LdsError`].
pub fn lists_portrait(common: &[u8]) -> Result<bool, LdsError> {
    let tags = find(common, &[Tag(0x60), Tag(0x5C)]).map_err(|_| LdsError)?.ok_or(LdsError)?;
    Ok(tags.iter().any(|tag| Tag(u32::from(*tag)) == File::DataGroup2.tag()))
}

/// The machine-readable zone in DG1.
///
/// # Errors
/// [`LdsError`], also for a wrong check digit: what the issuer signed has none.
pub fn mrz(data_group_1: &[u8]) -> Result<Mrz, LdsError> {
    let text = find(data_group_1, &[Tag(0x61), Tag(0x5F1F)]).map_err(|_| LdsError)?.ok_or(LdsError)?;
    Mrz::parse(text).map_err(|_| LdsError)
}

/// The first face in DG2; `None` where its record or its image is in a form that is not known here.
///
/// # Errors
/// [`LdsError`] when DG2 itself is broken.
pub fn portrait(data_group_2: &[u8]) -> Result<Option<Portrait>, LdsError> {
    let groups = find(data_group_2, &[Tag(0x75), Tag(0x7F61)]).map_err(|_| LdsError)?.ok_or(LdsError)?;
    let template = find(groups, &[Tag(0x7F60)]).map_err(|_| LdsError)?.ok_or(LdsError)?;
    for object in elements(template) {
        let object = object.map_err(|_| LdsError)?;
        if object.tag == Tag(0x5F2E) || object.tag == Tag(0x7F2E) {
            return Ok(image(object.value));
        }
    }
    Err(LdsError)
}

/// ISO/IEC 19794-5: facial header (14), face header (20), feature points (8 each), image header (12), image.
fn image(record: &[u8]) -> Option<Portrait> {
    let rest = record.strip_prefix(b"FAC\x00010\0")?;
    let (_length, rest) = rest.split_first_chunk::<4>()?;
    let (_faces, rest) = rest.split_first_chunk::<2>()?;
    let (block_len, _) = rest.split_first_chunk::<4>()?;
    let face = rest.get(..usize::try_from(u32::from_be_bytes(*block_len)).ok()?)?;
    let points = usize::from(u16::from_be_bytes(*face.get(4..)?.first_chunk::<2>()?));
    let image = face.get(points.checked_mul(8)?.checked_add(20 + 12)?..)?;
    let format = match image {
        [0xFF, 0xD8, 0xFF, ..] => ImageFormat::Jpeg,
        [0, 0, 0, 0x0C, b'j', b'P', b' ', b' ', ..] | [0xFF, 0x4F, 0xFF, 0x51, ..] => ImageFormat::Jpeg2000,
        _ => return None,
    };
    Some(Portrait { format, image: SecretBytes::new(image.to_vec()) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::test_bytes::hex;
    use super::*;
    use crate::tlv::encode;

    fn face(points: u16, image: &[u8]) -> Vec<u8> {
        let block_len = 20 + 8 * u32::from(points) + 12 + u32::try_from(image.len()).unwrap();
        let mut record = b"FAC\x00010\0".to_vec();
        record.extend((block_len + 14).to_be_bytes());
        record.extend(1_u16.to_be_bytes());
        record.extend(block_len.to_be_bytes());
        record.extend(points.to_be_bytes());
        record.resize(14 + 20 + 8 * usize::from(points) + 12, 0);
        record.extend(image);
        record
    }

    fn group(tag: u32, record: &[u8]) -> Vec<u8> {
        let template = [encode(Tag(0xA1), &hex("80020101")), encode(Tag(tag), record)].concat();
        let groups = [hex("020101"), encode(Tag(0x7F60), &template)].concat();
        encode(Tag(0x75), &encode(Tag(0x7F61), &groups))
    }

    #[test]
    fn the_image_is_found_behind_feature_points() {
        for (points, image, format) in [
            (0, hex("FFD8FFE0AA"), ImageFormat::Jpeg),
            (3, hex("0000000C6A502020BB"), ImageFormat::Jpeg2000),
            (1, hex("FF4FFF51CC"), ImageFormat::Jpeg2000),
        ] {
            let portrait = portrait(&group(0x5F2E, &face(points, &image))).unwrap().unwrap();
            assert_eq!((portrait.format, portrait.image.expose()), (format, image.as_slice()));
        }
    }

    #[test]
    fn a_face_in_another_form_is_no_error() {
        assert_eq!(portrait(&group(0x7F2E, &hex("A18203"))), Ok(None));
        assert_eq!(portrait(&group(0x5F2E, &face(0, b"GIF89a"))), Ok(None));
        assert_eq!(portrait(&group(0x5F2F, b"")), Err(LdsError));
    }

    #[test]
    fn the_standards_list_of_groups_is_read() {
        assert_eq!(lists_portrait(&hex("60145F0104303130365F36063034303030305C026175")), Ok(true));
        assert_eq!(lists_portrait(&hex("60035C0161")), Ok(false));
        assert_eq!(lists_portrait(&hex("6000")), Err(LdsError));
    }

    proptest! {
        #[test]
        fn any_record_ends(record in prop::collection::vec(any::<u8>(), 0..200), points in any::<u16>()) {
            let _ = portrait(&group(0x5F2E, &record));
            let mut cut = face(2, &record);
            cut[18..20].copy_from_slice(&points.to_be_bytes());
            let _ = portrait(&group(0x5F2E, &cut));
            let _ = mrz(&record);
        }
    }
}
