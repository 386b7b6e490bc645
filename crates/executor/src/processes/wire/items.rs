//! Values as bytes: an item is `length: u32 | bytes`, and a row is several of them.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// No request and no reply is that long: a header that says so is junk that a task has written into the channel.
pub(super) const TOO_LONG: usize = 1 << 40;

/// The most memory that is set aside for what is announced and has not come.
pub(crate) const SET_ASIDE: usize = 1 << 20;

/// Cuts the first item off a row.
#[inline]
pub fn next_item<'a>(row: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (len, rest) = row.split_first_chunk()?;
    let (item, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
    *row = rest;
    Some(item)
}

/// Appends `length: u32 | value`, or nothing: an item of 4 GiB is too long.
///
/// # Errors
/// Why it cannot be encoded.
pub(crate) fn put<T: Serialize>(out: &mut Vec<u8>, value: &T) -> Result<(), String> {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    let written = postcard::to_io(value, &mut *out).map(|_| ()).map_err(|error| why_not_written(value, error));
    let len = u32::try_from(out.len() - start - 4).map_err(|_| "it has 4 GiB or more".to_owned());
    match written.and(len) {
        Ok(len) => {
            out[start..start + 4].copy_from_slice(&len.to_le_bytes());
            Ok(())
        }
        Err(reason) => {
            out.truncate(start);
            Err(reason)
        }
    }
}

/// Reads a value.
///
/// # Errors
/// Why it cannot be decoded.
#[inline]
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    postcard::from_bytes(bytes).map_err(|error| why_not_read::<T>(bytes, error))
}

/// The words of the type's own error. The format's errors have no room for them, so it is tried once more through some that have.
#[cold]
fn why_not_written<T: Serialize>(value: &T, error: postcard::Error) -> String {
    let mut serializer = postcard::Serializer { output: postcard::ser_flavors::StdVec::new() };
    let mut erased = <dyn erased_serde::Serializer>::erase(&mut serializer);
    let tried = erased_serde::Serialize::erased_serialize(value, &mut erased);
    let own = tried.err().filter(|_| error == postcard::Error::SerdeSerCustom);
    own.map_or_else(|| error.to_string(), |own| own.to_string())
}

/// As [`why_not_written`].
#[cold]
fn why_not_read<T: DeserializeOwned>(bytes: &[u8], error: postcard::Error) -> String {
    let mut deserializer = postcard::Deserializer::from_bytes(bytes);
    let mut erased = <dyn erased_serde::Deserializer>::erase(&mut deserializer);
    let tried = T::deserialize(&mut erased as &mut dyn erased_serde::Deserializer);
    let own = tried.err().filter(|_| error == postcard::Error::SerdeDeCustom);
    own.map_or_else(|| error.to_string(), |own| own.to_string())
}

/// The number in up to eight bytes, the least significant first.
pub(super) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}
