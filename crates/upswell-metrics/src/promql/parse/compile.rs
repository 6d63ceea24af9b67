//! From the tree of `promql-parser` to a plan.

use std::time::{Duration, SystemTime};

use promql_parser::label;
use promql_parser::parser::{
    self as ast, AtModifier, BinModifier, Expr, LabelModifier, Offset, VectorMatchCardinality,
    token,
};

use crate::labels::{METRIC_NAME, Text};
use crate::promql::ValueType;
use crate::promql::functions::{self, Function};
use crate::promql::plan::{
    Aggregate, Aggregation, Anchor, Arithmetic, Binary, Call, Cardinality, Comparison, LabelSet,
    Matching, Node, Operator, Selector, SetOperator, Side, Source, Subquery, Unary, WindowCall,
};

/// What the plan is made with.
pub(super) struct Compiler {
    /// What the names `s0`, `s1`… stand for; gain ranges and offsets on the way.
    pub(super) selectors: Vec<Selector>,
    /// What the texts `"0"`, `"1"`… stand for.
    pub(super) texts: Vec<String>,
}

/// What is known of the names of the metrics that a vector's series have.
#[derive(Clone, Copy, PartialEq)]
enum Names {
    /// All have the same one, or none: without it they still differ.
    Alike,
    Mixed,
}

impl Compiler {
    /// Makes the plan of an expression.
    ///
    /// # Errors
    ///
    /// If its types do not fit where the crate does not look: says why.
    pub(super) fn node(&mut self, expr: Expr) -> Result<Node, String> {
        Ok(match expr {
            Expr::NumberLiteral(number) => Node::Number(number.val),
            Expr::StringLiteral(text) => Node::Text(self.text(&text.val)?),
            Expr::Paren(paren) => self.node(*paren.expr)?,
            Expr::Unary(unary) => self.negative(*unary.expr)?,
            Expr::VectorSelector(selector) => Node::Instant(self.selector(&selector, None)?),
            Expr::MatrixSelector(_) | Expr::Subquery(_) => Node::Samples(self.source(expr)?),
            Expr::Call(call) => self.call(call)?,
            Expr::Aggregate(aggregate) => self.aggregate(aggregate)?,
            Expr::Binary(binary) => self.binary(binary)?,
            Expr::Extension(_) => return Err("unknown syntax".to_owned()),
        })
    }

    fn text(&mut self, placeholder: &str) -> Result<String, String> {
        let index = placeholder.parse::<usize>().map_err(|error| error.to_string())?;
        // Each text stands in one place.
        Ok(self.texts.get_mut(index).map(std::mem::take).unwrap_or_default())
    }

    fn negative(&mut self, operand: Expr) -> Result<Node, String> {
        let operand = self.node(operand)?;
        if let Node::Number(number) = operand {
            return Ok(Node::Number(-number));
        }
        let may_merge = self.names(&operand) == Names::Mixed;
        Ok(Node::Negative(Box::new(Unary { operand, may_merge })))
    }

    /// Sets range, offset and anchor of the selector that a placeholder stands for.
    fn selector(
        &mut self,
        of_skeleton: &ast::VectorSelector,
        range: Option<Duration>,
    ) -> Result<usize, String> {
        let name = of_skeleton.name.as_deref().unwrap_or_default();
        let index = name.strip_prefix('s').and_then(|digits| digits.parse::<usize>().ok());
        let index = index.filter(|index| *index < self.selectors.len());
        let index = index.ok_or_else(|| format!("unknown selector {name:?}"))?;
        let selector = &mut self.selectors[index];
        selector.range_ms = range.map(millis);
        selector.offset_ms = offset_ms(of_skeleton.offset.as_ref());
        selector.anchor = anchor(of_skeleton.at.as_ref());
        Ok(index)
    }

    fn source(&mut self, expr: Expr) -> Result<Source, String> {
        Ok(match expr {
            Expr::Paren(paren) => self.source(*paren.expr)?,
            Expr::MatrixSelector(matrix) => {
                Source::Selector(self.selector(&matrix.vs, Some(matrix.range))?)
            }
            Expr::Subquery(subquery) => Source::Subquery(Box::new(Subquery {
                range_ms: millis(subquery.range),
                step_ms: subquery.step.map(millis),
                offset_ms: offset_ms(subquery.offset.as_ref()),
                anchor: anchor(subquery.at.as_ref()),
                inner: self.node(*subquery.expr)?,
            })),
            _ => return Err("expected a range vector".to_owned()),
        })
    }

    fn call(&mut self, call: ast::Call) -> Result<Node, String> {
        let name = call.func.name;
        let function = functions::find(name)
            .ok_or_else(|| format!("the function {name:?} is not there yet"))?;
        let (mut source, mut args) = (None, Vec::new());
        for (index, arg) in call.args.args.into_iter().enumerate() {
            let types = &call.func.arg_types;
            let expected = types.get(index).or(types.last()).copied();
            // The crate lets `ln(Inf)` pass.
            if expected.is_some_and(|expected| expected != arg.value_type()) {
                let message = "expected type instant vector in call to function";
                return Err(format!("{message} '{name}', got {}", arg.value_type()));
            }
            if arg.value_type() == ast::value::ValueType::Matrix {
                source = Some(self.source(*arg)?);
            } else {
                args.push(self.node(*arg)?);
            }
        }
        let keeps_name = match function {
            Function::Range { keeps_name, .. } => keeps_name,
            Function::Sort { .. } | Function::SortByLabel { .. } => true,
            _ => false,
        };
        let names = match &source {
            Some(source) => self.names_of_source(source),
            None => args.iter().map(|arg| self.names(arg)).fold(Names::Alike, Names::and),
        };
        let may_merge = !keeps_name && names == Names::Mixed;
        Ok(match source {
            Some(source) => {
                Node::Window(Box::new(WindowCall { function, source, args, may_merge }))
            }
            None => Node::Call(Box::new(Call { function, args, may_merge })),
        })
    }

    fn aggregate(&mut self, aggregate: ast::AggregateExpr) -> Result<Node, String> {
        let operation = aggregation(aggregate.op.id()).ok_or("unknown aggregation")?;
        let is_number = aggregate.param.as_ref().is_none_or(|param| {
            operation == Aggregation::CountValues
                || param.value_type() == ast::value::ValueType::Scalar
        });
        if !is_number {
            return Err("expected type scalar in aggregation expression".to_owned());
        }
        let parameter = aggregate.param.map(|param| self.node(*param)).transpose()?;
        Ok(Node::Aggregate(Box::new(Aggregate {
            operation,
            grouping: label_set(aggregate.modifier, true),
            parameter,
            operand: self.node(*aggregate.expr)?,
        })))
    }

    fn binary(&mut self, binary: ast::BinaryExpr) -> Result<Node, String> {
        let operator = operator(binary.op.id()).ok_or("unknown operator")?;
        let modifier = binary.modifier.unwrap_or_default();
        let yields_bool = modifier.return_bool;
        let left = self.node(*binary.lhs)?;
        let right = self.node(*binary.rhs)?;
        if let (Node::Number(left), Node::Number(right)) = (&left, &right) {
            match operator {
                Operator::Arithmetic(operator) => {
                    return Ok(Node::Number(operator.apply(*left, *right)));
                }
                Operator::Comparison(operator) => {
                    return Ok(Node::Number(f64::from(operator.holds(*left, *right))));
                }
                Operator::Set(_) => {}
            }
        }
        let drops_name = yields_bool || matches!(operator, Operator::Arithmetic(_));
        let names = self.names(&left).and(self.names(&right));
        let side = |node: Node| match node.kind() {
            ValueType::Scalar => Side::Scalar(node),
            _ => Side::Vector(node),
        };
        Ok(Node::Binary(Box::new(Binary {
            operator,
            left: side(left),
            right: side(right),
            yields_bool,
            matching: matching(modifier),
            may_merge: drops_name && names == Names::Mixed,
        })))
    }

    /// What is known of the names of a vector's metrics.
    fn names(&self, node: &Node) -> Names {
        match node {
            Node::Instant(index) => self.names_of_selector(*index),
            Node::Window(call) => match call.function {
                Function::Range { keeps_name: true, .. } => self.names_of_source(&call.source),
                _ => Names::Alike,
            },
            Node::Call(call) => match call.function {
                Function::Sort { .. } | Function::SortByLabel { .. } => {
                    call.args.first().map_or(Names::Alike, |arg| self.names(arg))
                }
                Function::LabelReplace | Function::LabelJoin => Names::Mixed,
                _ => Names::Alike,
            },
            Node::Aggregate(aggregate) => match aggregate.operation {
                Aggregation::Top
                | Aggregation::Bottom
                | Aggregation::Limit
                | Aggregation::LimitRatio => self.names(&aggregate.operand),
                Aggregation::CountValues => Names::Mixed,
                _ if aggregate.grouping.keeps(METRIC_NAME) => Names::Mixed,
                _ => Names::Alike,
            },
            Node::Binary(binary) => self.names_of_binary(binary),
            Node::Negative(_) | Node::Number(_) | Node::Text(_) | Node::Samples(_) => Names::Alike,
        }
    }

    fn names_of_binary(&self, binary: &Binary) -> Names {
        match (&binary.left, &binary.right) {
            (Side::Vector(vector), Side::Scalar(_)) | (Side::Scalar(_), Side::Vector(vector)) => {
                self.names(vector)
            }
            (Side::Vector(left), _)
                if matches!(
                    binary.operator,
                    Operator::Set(SetOperator::And | SetOperator::Unless)
                ) =>
            {
                self.names(left)
            }
            (Side::Scalar(_), Side::Scalar(_)) => Names::Alike,
            (Side::Vector(_), Side::Vector(_)) => Names::Mixed,
        }
    }

    fn names_of_source(&self, source: &Source) -> Names {
        match source {
            Source::Selector(index) => self.names_of_selector(*index),
            Source::Subquery(subquery) => self.names(&subquery.inner),
        }
    }

    fn names_of_selector(&self, index: usize) -> Names {
        match self.selectors[index].metric_name() {
            Some(_) => Names::Alike,
            None => Names::Mixed,
        }
    }
}

impl Names {
    fn and(self, other: Self) -> Self {
        if self == Self::Mixed { self } else { other }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn offset_ms(offset: Option<&Offset>) -> i64 {
    match offset {
        Some(Offset::Pos(duration)) => millis(*duration),
        Some(Offset::Neg(duration)) => -millis(*duration),
        None => 0,
    }
}

fn anchor(at: Option<&AtModifier>) -> Anchor {
    match at {
        None => Anchor::Step,
        Some(AtModifier::Start) => Anchor::Start,
        Some(AtModifier::End) => Anchor::End,
        Some(AtModifier::At(at)) => {
            Anchor::Fixed(match at.duration_since(SystemTime::UNIX_EPOCH) {
                Ok(since) => millis(since),
                Err(before) => -millis(before.duration()),
            })
        }
    }
}

/// Takes labels; `missing` is whether no labels at all mean only none of them.
fn label_set(modifier: Option<LabelModifier>, missing: bool) -> LabelSet {
    let (only, labels) = match modifier {
        Some(LabelModifier::Include(labels)) => (true, Some(labels)),
        Some(LabelModifier::Exclude(labels)) => (false, Some(labels)),
        None => (missing, None),
    };
    let mut names = texts(labels.as_ref());
    names.sort();
    LabelSet { only, names }
}

fn texts(labels: Option<&label::Labels>) -> Vec<Text> {
    labels.into_iter().flat_map(|labels| &labels.labels).map(|label| Text::from(&**label)).collect()
}

fn matching(modifier: BinModifier) -> Matching {
    let cardinality = match modifier.card {
        VectorMatchCardinality::ManyToOne(_) => Cardinality::ManyToOne,
        VectorMatchCardinality::OneToMany(_) => Cardinality::OneToMany,
        VectorMatchCardinality::OneToOne | VectorMatchCardinality::ManyToMany => {
            Cardinality::OneToOne
        }
    };
    Matching {
        include: texts(modifier.card.labels()),
        cardinality,
        labels: label_set(modifier.matching, false),
        fill: (modifier.fill_values.lhs, modifier.fill_values.rhs),
    }
}

fn aggregation(id: token::TokenId) -> Option<Aggregation> {
    Some(match id {
        token::T_SUM => Aggregation::Sum,
        token::T_AVG => Aggregation::Average,
        token::T_COUNT => Aggregation::Count,
        token::T_MIN => Aggregation::Minimum,
        token::T_MAX => Aggregation::Maximum,
        token::T_GROUP => Aggregation::Group,
        token::T_STDDEV => Aggregation::Deviation,
        token::T_STDVAR => Aggregation::Variance,
        token::T_QUANTILE => Aggregation::Quantile,
        token::T_COUNT_VALUES => Aggregation::CountValues,
        token::T_TOPK => Aggregation::Top,
        token::T_BOTTOMK => Aggregation::Bottom,
        token::T_LIMITK => Aggregation::Limit,
        token::T_LIMIT_RATIO => Aggregation::LimitRatio,
        _ => return None,
    })
}

fn operator(id: token::TokenId) -> Option<Operator> {
    Some(match id {
        token::T_ADD => Operator::Arithmetic(Arithmetic::Add),
        token::T_SUB => Operator::Arithmetic(Arithmetic::Subtract),
        token::T_MUL => Operator::Arithmetic(Arithmetic::Multiply),
        token::T_DIV => Operator::Arithmetic(Arithmetic::Divide),
        token::T_MOD => Operator::Arithmetic(Arithmetic::Modulo),
        token::T_POW => Operator::Arithmetic(Arithmetic::Power),
        token::T_ATAN2 => Operator::Arithmetic(Arithmetic::Atan2),
        token::T_EQLC => Operator::Comparison(Comparison::Equal),
        token::T_NEQ => Operator::Comparison(Comparison::NotEqual),
        token::T_LSS => Operator::Comparison(Comparison::Less),
        token::T_LTE => Operator::Comparison(Comparison::LessOrEqual),
        token::T_GTR => Operator::Comparison(Comparison::Greater),
        token::T_GTE => Operator::Comparison(Comparison::GreaterOrEqual),
        token::T_LAND => Operator::Set(SetOperator::And),
        token::T_LOR => Operator::Set(SetOperator::Or),
        token::T_LUNLESS => Operator::Set(SetOperator::Unless),
        _ => return None,
    })
}
