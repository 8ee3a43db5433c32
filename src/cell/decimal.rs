//! Decimal numbers as texts, compared without a float.

use std::cmp::Ordering;

/// Whether the text is `-?[0-9]+(\.[0-9]+)?`.
pub(crate) fn is_decimal(text: &str) -> bool {
    parts(text).is_some()
}

/// Whether a column of the type `DECIMAL(precision, scale)` can hold the number `text`, whose insignificant zeros do
/// not count.
pub(crate) fn has_at_most(text: &str, precision: u16, scale: i16) -> bool {
    let Some(Number {
        whole, fraction, ..
    }) = parts(text)
    else {
        return false;
    };
    let (places, zeros) = (
        usize::try_from(scale).unwrap_or(0),
        usize::from(scale.min(0).unsigned_abs()),
    );
    let before = i32::from(precision) - i32::from(scale);
    let fits = whole.len() <= usize::try_from(before).unwrap_or(0) && fraction.len() <= places;
    let leading = usize::try_from(-before).unwrap_or(0).min(fraction.len());
    let is_zeros = |digits: Option<&str>| {
        digits.is_none_or(|digits| digits.bytes().all(|digit| digit == b'0'))
    };
    let trailing = whole.len().saturating_sub(zeros);
    fits && is_zeros(fraction.get(..leading)) && is_zeros(whole.get(trailing..))
}

/// Compares two texts as numbers. A text that is not a number is greater than every number. Two such texts are compared
/// by their bytes.
pub(crate) fn compare(left: &str, right: &str) -> Ordering {
    match (parts(left), parts(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => left.cmp(right),
    }
}

/// The parts of a decimal number, without insignificant zeros. Zero is never negative.
#[derive(PartialEq, Eq)]
struct Number<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

fn parts(text: &str) -> Option<Number<'_>> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((_, "")) => return None,
        Some(split) => split,
        None => (digits, ""),
    };
    let only_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !only_digits(whole) || !only_digits(fraction) {
        return None;
    }
    let (whole, fraction) = (
        whole.trim_start_matches('0'),
        fraction.trim_end_matches('0'),
    );
    Some(Number {
        negative: negative && !(whole.is_empty() && fraction.is_empty()),
        whole,
        fraction,
    })
}

impl Ord for Number<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let magnitude = || {
            (self.whole.len(), self.whole, self.fraction).cmp(&(
                other.whole.len(),
                other.whole,
                other.fraction,
            ))
        };
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => magnitude(),
            (true, true) => magnitude().reverse(),
        }
    }
}

impl PartialOrd for Number<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_of_a_number_are_counted_without_insignificant_zeros() {
        for (text, precision, scale, expected) in [
            ("1.25", 3, 2, true),
            ("1.250", 3, 2, true),
            ("001.25", 3, 2, true),
            ("1.255", 3, 2, false),
            ("10.25", 3, 2, false),
            ("-9.99", 3, 2, true),
            ("0", 3, 2, true),
            ("12", 2, 0, true),
            ("12.5", 2, 0, false),
            ("1200", 2, -2, true),
            ("1250", 2, -2, false),
            ("12300", 2, -2, false),
            ("0.0012", 2, 4, true),
            ("0.0123", 2, 4, false),
            ("1", 2, 4, false),
        ] {
            let found = has_at_most(text, precision, scale);
            assert_eq!(found, expected, "{text} {precision} {scale}");
        }
    }

    #[test]
    fn texts_are_ordered_as_numbers() {
        let rising = [
            "-100",
            "-10.5",
            "-10.49",
            "-9",
            "-0.1",
            "0",
            "0.01",
            "0.1",
            "2",
            "10",
            "10.05",
            "10.5",
            "99",
            "100",
            "123456789012345678901234567890.1",
        ];
        for (at, left) in rising.iter().enumerate() {
            for (other, right) in rising.iter().enumerate() {
                assert_eq!(compare(left, right), at.cmp(&other), "{left} and {right}");
            }
        }
    }

    #[test]
    fn insignificant_zeros_and_the_sign_of_zero_do_not_count() {
        for (left, right) in [("1.50", "1.5"), ("-0", "0"), ("-0.00", "0"), ("007", "7.0")] {
            assert_eq!(compare(left, right), Ordering::Equal, "{left} and {right}");
        }
    }

    #[test]
    fn what_is_no_number_comes_last() {
        for text in [
            "", "-", "+1", ".5", "5.", "1e3", "1,5", "NaN", " 1", "1.2.3", "--1",
        ] {
            assert!(!is_decimal(text), "{text}");
            assert_eq!(compare(text, "99"), Ordering::Greater, "{text}");
        }
    }
}
