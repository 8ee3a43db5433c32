//! Exact sums and averages of decimal numbers as texts, without a float and with any number of digits.

use std::cmp::Ordering;

use super::is_decimal;

/// The most digits of a number that is added as an integer of 128 bits.
const SMALL: usize = 30;

/// The fewest digits after the point to which an average is rounded.
const PLACES: usize = 6;

/// A sum of decimal numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExactSum {
    /// The sums of the numbers that have few digits, each with how many of them are after the point.
    small: Vec<(usize, i128)>,
    /// The sum of the others; `None` if there are none.
    large: Option<LongDecimal>,
    count: u64,
}

impl ExactSum {
    /// Adds a number. A text that is no decimal number is not added.
    pub(crate) fn add(&mut self, text: &str) {
        if !is_decimal(text) {
            return;
        }
        self.count += 1;
        let number = LongDecimal::of(text);
        let added = number.small().is_some_and(|small| {
            let known = self
                .small
                .iter_mut()
                .find(|(places, _)| *places == number.places);
            match known {
                None => {
                    self.small.push((number.places, small));
                    true
                }
                Some((_, sum)) => sum.checked_add(small).is_some_and(|more| {
                    *sum = more;
                    true
                }),
            }
        });
        if !added {
            self.large = Some(match self.large.take() {
                Some(sum) => sum.plus(&number),
                None => number,
            });
        }
    }

    /// Returns the number of numbers that were added.
    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// Returns the sum, with as many digits after the point as the number with the most; `None` if nothing was added.
    pub(crate) fn text(&self) -> Option<String> {
        let small = self.small.iter();
        let small = small.map(|(places, sum)| LongDecimal::of(&sum.to_string()).shifted(*places));
        let all = small.chain(self.large.clone());
        all.reduce(|sum, more| sum.plus(&more))
            .map(|sum| sum.text())
    }
}

/// Returns the average of `count` numbers with this sum: rounded half away from zero to six digits after the point, or to
/// as many as the sum has, and without zeros at the end. Returns `None` if there are no numbers.
pub(crate) fn average(sum: &str, count: u64) -> Option<String> {
    if count == 0 || !is_decimal(sum) {
        return None;
    }
    let mut sum = LongDecimal::of(trimmed(sum));
    while sum.places < PLACES {
        sum.digits.insert(0, 0);
        sum.places += 1;
    }
    let (count, mut rest) = (u128::from(count), 0_u128);
    for digit in sum.digits.iter_mut().rev() {
        let dividend = rest * 10 + u128::from(*digit);
        *digit = u8::try_from(dividend / count).unwrap_or(9);
        rest = dividend % count;
    }
    if rest * 2 >= count {
        let one = LongDecimal {
            negative: sum.negative,
            digits: vec![1],
            places: sum.places,
        };
        sum = sum.plus(&one);
    }
    Some(trimmed(&sum.text()).to_owned())
}

/// Returns a decimal number without zeros at the end of its fraction.
pub(crate) fn trimmed(text: &str) -> &str {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text,
    }
}

/// A decimal number as digits.
#[derive(Clone, Debug)]
struct LongDecimal {
    negative: bool,
    /// The digits of the whole and the fraction, the least one first.
    digits: Vec<u8>,
    /// How many of the digits are after the point.
    places: usize,
}

impl LongDecimal {
    /// Reads a text that is a decimal number.
    fn of(text: &str) -> Self {
        let places = text.split_once('.').map_or(0, |(_, places)| places.len());
        let digits = text.bytes().rev().filter(u8::is_ascii_digit);
        Self {
            negative: text.starts_with('-'),
            digits: digits.map(|digit| digit - b'0').collect(),
            places,
        }
    }

    /// Returns all digits as one integer; `None` if there are too many.
    fn small(&self) -> Option<i128> {
        if self.digits.len() > SMALL {
            return None;
        }
        let digits = self.digits.iter().rev();
        let number = digits.fold(0, |number, digit| number * 10 + i128::from(*digit));
        Some(if self.negative { -number } else { number })
    }

    /// Returns an integer with its last digits moved behind the point.
    fn shifted(mut self, places: usize) -> Self {
        self.places = places;
        self
    }

    /// Returns the digits with at least this many places.
    fn with_places(&self, places: usize) -> Vec<u8> {
        let missing = places.saturating_sub(self.places);
        let zeros = std::iter::repeat_n(0, missing);
        zeros.chain(self.digits.iter().copied()).collect()
    }

    fn plus(&self, other: &Self) -> Self {
        let places = self.places.max(other.places);
        let (mut left, mut right) = (self.with_places(places), other.with_places(places));
        let length = left.len().max(right.len()) + 1;
        left.resize(length, 0);
        right.resize(length, 0);
        let (negative, digits) = if self.negative == other.negative {
            (self.negative, added(&left, &right))
        } else {
            match left.iter().rev().cmp(right.iter().rev()) {
                Ordering::Less => (other.negative, subtracted(&right, &left)),
                Ordering::Equal | Ordering::Greater => (self.negative, subtracted(&left, &right)),
            }
        };
        Self {
            negative,
            digits,
            places,
        }
    }

    fn text(&self) -> String {
        let mut digits = self.digits.clone();
        while digits.len() > self.places + 1 && digits.last() == Some(&0) {
            digits.pop();
        }
        digits.resize(digits.len().max(self.places + 1), 0);
        let mut text = String::with_capacity(digits.len() + 2);
        if self.negative && digits.iter().any(|digit| *digit > 0) {
            text.push('-');
        }
        for (at, digit) in digits.iter().enumerate().rev() {
            text.push(char::from(b'0' + digit));
            if at == self.places && at > 0 {
                text.push('.');
            }
        }
        text
    }
}

/// Adds two lists of digits of one length.
fn added(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let sum = left.iter().zip(right).map(|(left, right)| {
        let sum = left + right + carry;
        carry = sum / 10;
        sum % 10
    });
    sum.collect()
}

/// Subtracts a list of digits from one of the same length that is not less.
fn subtracted(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let difference = left.iter().zip(right).map(|(left, right)| {
        let difference = left + 10 - right - borrow;
        borrow = u8::from(difference < 10);
        difference % 10
    });
    difference.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_sum(numbers: &[&str], expected: Option<&str>) {
        let mut sum = ExactSum::default();
        numbers.iter().for_each(|number| sum.add(number));
        assert_eq!(sum.text().as_deref(), expected, "{numbers:?}");
    }

    #[test]
    fn a_sum_is_exact_and_keeps_the_places() {
        check_sum(&[], None);
        check_sum(&["many", "1e3"], None);
        check_sum(&["0.1", "0.2"], Some("0.3"));
        check_sum(&["1.50", "1.5"], Some("3.00"));
        check_sum(&["-1", "0.999"], Some("-0.001"));
        check_sum(&["1.5", "-1.50"], Some("0.00"));
        check_sum(&["010.0", "7"], Some("17.0"));
        check_sum(
            &["9223372036854775807", "9223372036854775807"],
            Some("18446744073709551614"),
        );
        let nines = "9".repeat(40);
        check_sum(
            &[&nines, "1", "0.25"],
            Some(&format!("1{}.25", "0".repeat(40))),
        );
        check_sum(&[&nines, &format!("-{nines}"), "-3"], Some("-3"));
    }

    #[test]
    fn many_large_numbers_do_not_overflow() {
        let mut sum = ExactSum::default();
        sum.small.push((0, i128::MAX - 5));
        sum.add("7");
        let over = "170141183460469231731687303715884105729";
        assert_eq!(sum.text().as_deref(), Some(over));
    }

    #[test]
    fn an_average_is_rounded_half_away_from_zero() {
        let cases = [
            ("10", 4, Some("2.5")),
            ("2", 3, Some("0.666667")),
            ("-2", 3, Some("-0.666667")),
            ("1", 2_000_000, Some("0.000001")),
            ("1", 2_000_001, Some("0")),
            ("-1", 2_000_001, Some("0")),
            ("0.00000001", 3, Some("0")),
            ("0.00000002", 3, Some("0.00000001")),
            ("6.00", 3, Some("2")),
            ("1000", 10, Some("100")),
            (
                "123456789012345678901234567890.5",
                2,
                Some("61728394506172839450617283945.25"),
            ),
            ("5", 0, None),
        ];
        for (sum, count, expected) in cases {
            assert_eq!(average(sum, count).as_deref(), expected, "{sum} / {count}");
        }
    }
}
