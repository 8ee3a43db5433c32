//! The syntax of patterns: what every database has, and nothing else.

use regex_syntax::{
    ast::{
        AssertionKind, Ast, ClassAscii, ClassAsciiKind, ClassBracketed, ClassPerl, ClassPerlKind,
        ClassSet, ClassSetItem, GroupKind, Span, parse::Parser,
    },
    hir::{Hir, translate::TranslatorBuilder},
};

/// Reads a pattern. The error completes "but takes …".
pub(super) fn read(text: &str, ignore_case: bool) -> Result<Hir, String> {
    let unread = |what: &str, span: &Span| {
        let at = span.start.offset + 1;
        format!("a regular expression: {what}, at byte {at}")
    };
    let mut ast = Parser::new()
        .parse(text)
        .map_err(|error| unread(&error.kind().to_string(), error.span()))?;
    check(&mut ast).map_err(|Refused(what, span)| unread(what, &span))?;
    let mut translator = TranslatorBuilder::new()
        .case_insensitive(ignore_case)
        .build();
    translator
        .translate(text, &ast)
        .map_err(|error| unread(&error.kind().to_string(), error.span()))
}

/// A construct that some database lacks: a message, and where it stands.
struct Refused(&'static str, Span);

/// Refuses what some database lacks. Classes such as `\d` become those of ASCII.
fn check(ast: &mut Ast) -> Result<(), Refused> {
    match ast {
        Ast::Literal(literal) if literal.c == '\0' => {
            Err(Refused("no text has a zero byte", literal.span))
        }
        Ast::Empty(_) | Ast::Dot(_) | Ast::Literal(_) => Ok(()),
        Ast::Flags(flags) => Err(Refused("flags are not supported", flags.span)),
        Ast::ClassUnicode(class) => Err(Refused(NO_PROPERTIES, class.span)),
        Ast::Assertion(assertion) => match assertion.kind {
            AssertionKind::StartLine
            | AssertionKind::EndLine
            | AssertionKind::StartText
            | AssertionKind::EndText
            | AssertionKind::WordBoundary
            | AssertionKind::NotWordBoundary => Ok(()),
            AssertionKind::WordBoundaryStart
            | AssertionKind::WordBoundaryEnd
            | AssertionKind::WordBoundaryStartAngle
            | AssertionKind::WordBoundaryEndAngle
            | AssertionKind::WordBoundaryStartHalf
            | AssertionKind::WordBoundaryEndHalf => Err(Refused(
                "of boundaries, only `\\b` and `\\B` are supported",
                assertion.span,
            )),
        },
        Ast::ClassPerl(class) => {
            let item = ClassSetItem::Ascii(in_ascii(class));
            *ast = Ast::class_bracketed(ClassBracketed {
                span: class.span,
                negated: false,
                kind: ClassSet::Item(item),
            });
            Ok(())
        }
        Ast::ClassBracketed(class) => set(&mut class.kind),
        Ast::Repetition(repetition) => check(&mut repetition.ast),
        Ast::Group(group) => {
            if let GroupKind::NonCapturing(flags) = &group.kind
                && !flags.items.is_empty()
            {
                return Err(Refused("flags are not supported", group.span));
            }
            check(&mut group.ast)
        }
        Ast::Alternation(alternation) => alternation.asts.iter_mut().try_for_each(check),
        Ast::Concat(concat) => concat.asts.iter_mut().try_for_each(check),
    }
}

fn set(set: &mut ClassSet) -> Result<(), Refused> {
    match set {
        ClassSet::Item(one) => item(one),
        ClassSet::BinaryOp(operation) => Err(Refused(
            "`&&`, `--` and `~~` in brackets are not supported; a character is written with `\\` before it",
            operation.span,
        )),
    }
}

fn item(one: &mut ClassSetItem) -> Result<(), Refused> {
    match one {
        ClassSetItem::Empty(_)
        | ClassSetItem::Literal(_)
        | ClassSetItem::Range(_)
        | ClassSetItem::Ascii(_) => Ok(()),
        ClassSetItem::Unicode(class) => Err(Refused(NO_PROPERTIES, class.span)),
        ClassSetItem::Perl(class) => {
            *one = ClassSetItem::Ascii(in_ascii(class));
            Ok(())
        }
        ClassSetItem::Bracketed(class) => Err(Refused(
            "brackets in brackets are not supported; `[` is written `\\[` there",
            class.span,
        )),
        ClassSetItem::Union(union) => union.items.iter_mut().try_for_each(item),
    }
}

/// Returns the characters of ASCII of a class such as `\d`.
fn in_ascii(class: &ClassPerl) -> ClassAscii {
    ClassAscii {
        span: class.span,
        kind: match class.kind {
            ClassPerlKind::Digit => ClassAsciiKind::Digit,
            ClassPerlKind::Space => ClassAsciiKind::Space,
            ClassPerlKind::Word => ClassAsciiKind::Word,
        },
        negated: class.negated,
    }
}

const NO_PROPERTIES: &str = "classes such as `\\p{…}` are not supported";
