//! Decimal numbers within the limits of a column: at most 65 digits, at most 38 of them after the point.

use crate::{cell::Value, statement::fitted::FittedValue};

/// MySQL's and MariaDB's limit: <https://dev.mysql.com/doc/refman/8.4/en/precision-math-decimal-characteristics.html>.
const MOST_DIGITS: usize = 65;
/// The limit of digits after the point in MariaDB; MySQL's is 30.
const MOST_PLACES: usize = 38;

/// Returns the number as a column can hold it. A number with too many digits is cut towards zero. The result then says
/// on which side of the cut number the wanted one lies.
pub(super) fn held(text: &str) -> FittedValue {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    let kept = places.trim_end_matches('0');
    let most = MOST_DIGITS.saturating_sub(whole.len()).min(MOST_PLACES);
    let cut = if whole.len() > MOST_DIGITS {
        format!("{sign}{}", "9".repeat(MOST_DIGITS))
    } else if kept.len() > most {
        let kept = kept.get(..most).unwrap_or_default();
        let point = if kept.is_empty() { "" } else { "." };
        format!("{sign}0{whole}{point}{kept}")
    } else {
        return FittedValue::Itself(Value::Decimal(text.to_owned()));
    };
    match sign {
        "-" => FittedValue::Below(Value::Decimal(cut)),
        _ => FittedValue::Above(Value::Decimal(cut)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predicate::Operator;

    #[test]
    fn a_number_with_too_many_digits_is_compared_by_its_neighbour() {
        let (nines, long) = ("9".repeat(65), "9".repeat(66));
        let cases = [
            ("-1.50".to_owned(), Operator::Equal, "-1.50".to_owned()),
            (long.clone(), Operator::Less, nines.clone()),
            (format!("-{long}"), Operator::Greater, format!("-{nines}")),
            (
                format!("1.{}5", "0".repeat(38)),
                Operator::GreaterOrEqual,
                format!("01.{}", "0".repeat(38)),
            ),
            (format!("{nines}.5"), Operator::Greater, format!("0{nines}")),
        ];
        for (text, operator, expected) in cases {
            let (_, value) = held(&text).compared(operator).expect("a comparison");
            assert_eq!(value, Value::Decimal(expected), "{text}");
        }
    }

    #[test]
    fn a_number_with_too_many_digits_equals_none_and_keeps_its_side() {
        let tiny = format!("0.{}1", "0".repeat(38));
        let side = |text: &str, operator| {
            let compared = held(text).compared(operator);
            compared.map(|(operator, _)| operator)
        };
        assert_eq!(side(&tiny, Operator::Equal), None);
        assert_eq!(side(&tiny, Operator::Less), Some(Operator::LessOrEqual));
        assert_eq!(
            side(&tiny, Operator::GreaterOrEqual),
            Some(Operator::Greater)
        );
        let tiny = format!("-{tiny}");
        assert_eq!(side(&tiny, Operator::LessOrEqual), Some(Operator::Less));
        assert_eq!(
            side(&tiny, Operator::Greater),
            Some(Operator::GreaterOrEqual)
        );
    }

    #[test]
    fn zeros_at_the_ends_are_no_digits() {
        let text = format!("{}1.5{}", "0".repeat(80), "0".repeat(80));
        assert_eq!(held(&text).equal(), Some(Value::Decimal(text)));
    }
}
