//! Which licences may come in with a dependency.

use crate::dependencies::Graph;

/// Licences that ask for no more than to be named. The GPL family is not among them, so a crate
/// under it comes in only if it offers one of these as an alternative.
const ACCEPTED: [&str; 12] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

#[test]
fn every_dependency_has_a_licence_that_we_accept() {
    let graph = Graph::load();
    let mut refused = Vec::new();
    for package in graph.packages() {
        match package.license.as_deref() {
            Some(expression) if is_accepted(expression) => {}
            Some(expression) => refused.push(format!("{}: {expression}", package.name)),
            None => refused.push(format!("{}: no licence stated", package.name)),
        }
    }
    assert!(refused.is_empty(), "refused licences:\n{}", refused.join("\n"));
}

#[test]
fn an_expression_is_accepted_if_its_terms_can_be_met() {
    let cases = [
        ("MIT", true),
        ("MIT OR Apache-2.0", true),
        ("MIT/Apache-2.0", true),
        ("Apache-2.0 / MIT", true),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("GPL-3.0-only OR MIT", true),
        ("AGPL-3.0-only", false),
        ("LGPL-3.0-or-later", false),
        ("MIT AND GPL-2.0-only", false),
        ("(MIT AND GPL-2.0-only) OR LGPL-2.1-only", false),
        // AND binds tighter than OR.
        ("MIT OR GPL-2.0-only AND AGPL-3.0-only", true),
        ("GPL-2.0-only AND AGPL-3.0-only OR ISC", true),
        ("GPL-2.0-only WITH Classpath-exception-2.0", false),
        ("LicenseRef-Ours", false),
        ("MIT OR", false),
        ("(MIT", false),
        ("", false),
    ];
    for (expression, expected) in cases {
        assert_eq!(is_accepted(expression), expected, "{expression:?}");
    }
}

/// Whether an SPDX expression can be met with accepted licences only. An expression that does not
/// parse cannot. `/` is what crates wrote for `OR` before there were expressions.
fn is_accepted(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser { tokens: &tokens };
    parser.any_of() == Some(true) && parser.tokens.is_empty()
}

/// Reads an expression from the left; nothing when it does not parse.
struct Parser<'a> {
    tokens: &'a [&'a str],
}

impl<'a> Parser<'a> {
    fn any_of(&mut self) -> Option<bool> {
        let mut is_met = self.all_of()?;
        while self.take("OR") {
            is_met |= self.all_of()?;
        }
        Some(is_met)
    }

    fn all_of(&mut self) -> Option<bool> {
        let mut is_met = self.term()?;
        while self.take("AND") {
            is_met &= self.term()?;
        }
        Some(is_met)
    }

    fn term(&mut self) -> Option<bool> {
        if self.take("(") {
            let is_met = self.any_of()?;
            return self.take(")").then_some(is_met);
        }
        let licence = self.next()?;
        if !self.take("WITH") {
            return Some(ACCEPTED.contains(&licence));
        }
        let exception = self.next()?;
        Some(ACCEPTED.contains(&format!("{licence} WITH {exception}").as_str()))
    }

    fn next(&mut self) -> Option<&'a str> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn take(&mut self, token: &str) -> bool {
        let is_next = self.tokens.first() == Some(&token);
        if is_next {
            self.tokens = &self.tokens[1..];
        }
        is_next
    }
}
