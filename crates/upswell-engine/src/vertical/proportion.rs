//! Keeping requests and limits in proportion.
//!
//! Source: vertical-pod-autoscaler 1.8.0, `utils/vpa/limit_and_request_scaling.go`.

use upswell_units::Quantity;

use super::resources::Resource;

/// The limit that goes with a new request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ProportionalLimit {
    /// In the proportion that the present limit has to the present request.
    Kept(Quantity),
    /// It would not fit 64 bits, and is the largest amount that does.
    Capped(Quantity),
    /// The container has no limit, and nothing gives it one.
    NoLimit,
    /// There is no new request.
    NoRequest,
}

impl ProportionalLimit {
    /// Returns the limit, if there is one.
    #[must_use]
    pub(super) fn quantity(&self) -> Option<&Quantity> {
        match self {
            Self::Kept(quantity) | Self::Capped(quantity) => Some(quantity),
            Self::NoLimit | Self::NoRequest => None,
        }
    }
}

/// What a container has of one resource; zero where it says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Present {
    /// Its request.
    pub(super) request: Quantity,
    /// Its limit, or the default of a LimitRange in its stead.
    pub(super) limit: Quantity,
}

impl Present {
    /// Takes request and limit, and the default for a limit of zero.
    #[must_use]
    pub(super) fn new(request: Quantity, limit: Quantity, default_limit: Quantity) -> Self {
        Self { request, limit: if limit.is_zero() { default_limit } else { limit } }
    }

    /// Returns the limit that keeps the present proportion with a new request.
    ///
    /// A container with a limit and no request has its limit for a request.
    #[must_use]
    pub(super) fn proportional_limit(
        &self,
        resource: Resource,
        new_request: &Quantity,
    ) -> ProportionalLimit {
        let Self { request, limit } = self;
        if limit.is_zero() {
            return ProportionalLimit::NoLimit;
        }
        if new_request.is_zero() {
            return ProportionalLimit::NoRequest;
        }
        if request.is_zero() || request.milli_value() == limit.milli_value() {
            return ProportionalLimit::Kept(new_request.clone());
        }
        let scaled = scale(resource, limit, request, new_request, Rounding::Down);
        scaled.map_or_else(ProportionalLimit::Capped, ProportionalLimit::Kept)
    }

    /// Returns the request with which the limit would reach `boundary`; zero if there is no limit.
    #[must_use]
    pub(super) fn request_at_limit(&self, resource: Resource, boundary: &Quantity) -> Quantity {
        let Self { request, limit } = self;
        if limit.is_zero() {
            return Quantity::ZERO;
        }
        if request.is_zero() {
            return boundary.clone();
        }
        scale(resource, request, limit, boundary, Rounding::Down).unwrap_or_else(|capped| capped)
    }
}

/// What happens to a fraction of a millicore or a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rounding {
    /// Dropped.
    Down,
    /// Makes one more millicore; a fraction of a byte is dropped all the same.
    Up,
    /// Dropped; and a byte less if nothing was left. See [`scale`].
    BelowByte,
}

/// Returns `quantity` × `goal` ÷ `base`, in millicores or bytes and in the notation of `quantity`.
///
/// With [`Rounding::BelowByte`], nothing becomes minus one byte. Upstream takes 0.999 bytes off and
/// rounds away from zero, which changes no amount but this. API servers refuse it, so a user sees
/// the same refusal with either.
///
/// # Errors
///
/// Returns the largest amount there is if the result does not fit 64 bits.
pub(super) fn scale(
    resource: Resource,
    quantity: &Quantity,
    base: &Quantity,
    goal: &Quantity,
    rounding: Rounding,
) -> Result<Quantity, Quantity> {
    let amount = |of: &Quantity| {
        i128::from(match resource {
            Resource::Cpu => of.milli_value(),
            Resource::Memory => of.value(),
        })
    };
    let written = |amount: i64| {
        let quantity_of = match resource {
            Resource::Cpu => Quantity::from_milli(amount),
            Resource::Memory => Quantity::from_units(amount, quantity.notation()),
        };
        quantity_of.with_notation(quantity.notation())
    };
    if base.is_zero() {
        return Ok(quantity.clone());
    }
    // Two factors of 64 bits fit 128.
    let product = amount(quantity) * amount(goal);
    let (quotient, rest) = (product.div_euclid(amount(base)), product.rem_euclid(amount(base)));
    let Ok(quotient) = i64::try_from(quotient) else { return Err(written(i64::MAX)) };
    Ok(written(match (rounding, resource) {
        (Rounding::Up, Resource::Cpu) if rest != 0 => quotient.saturating_add(1),
        (Rounding::BelowByte, Resource::Memory) if quotient <= 0 => quotient.saturating_sub(1),
        _ => quotient,
    }))
}
