//! Decimal numbers as texts, compared without a float.

use std::cmp::Ordering;

/// Whether the text is `-?[0-9]+(\.[0-9]+)?`.
pub(crate) fn is_decimal(text: &str) -> bool {
    parts(text).is_some()
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
