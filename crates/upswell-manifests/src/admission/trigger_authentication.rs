//! A TriggerAuthentication must not contradict itself.
//!
//! Source: KEDA 2.20, triggerauthentication_webhook.go, validateSpec.

use upswell_units::{Diagnostic, Span, Spanned};

use super::objection::{Check, Objection};
use crate::keda::{IdentityOwner, OAuth2, PodIdentity, PodIdentityProvider, TriggerAuthentication};

/// Objects to contradictions in the pod identity, then in `oauth2`.
///
/// As in KEDA, the pod identities of Google, of `aws-eks` and `none` end the check before `oauth2`.
pub(super) fn check(object: &TriggerAuthentication) -> Option<Objection> {
    use PodIdentityProvider::{Aws, AwsEks, AzureWorkload, Gcp, None as NoProvider};
    let of_identity = match &object.spec.pod_identity {
        Some(identity) => match identity.provider.value {
            AzureWorkload => azure_workload(identity),
            Aws => aws(identity),
            Gcp | AwsEks | NoProvider => return None,
        },
        None => None,
    };
    let place = object.metadata.name.as_ref().map(|name| name.span);
    of_identity.or_else(|| check_oauth2(object.spec.oauth2.as_ref()?, place))
}

fn azure_workload(identity: &PodIdentity) -> Option<Objection> {
    if let Some(id) = empty(identity.identity_id.as_ref()) {
        let message = "`identityId` is empty";
        return objection("empty-identity-id", message, Some(id), "remove it, or write the id");
    }
    let tenant = identity.identity_tenant_id.as_ref();
    let Some(host) = filled(identity.identity_authority_host.as_ref()) else {
        let place = empty(tenant)?;
        let message = "`identityTenantId` is empty";
        let mend = "remove it, or write the tenant";
        return objection("empty-identity-tenant", message, Some(place), mend);
    };
    if filled(tenant).is_some() {
        return None;
    }
    let message = "`identityAuthorityHost` needs `identityTenantId`";
    let mend = "write the tenant of that authority";
    objection("identity-tenant-required", message, Some(host), mend)
}

fn aws(identity: &PodIdentity) -> Option<Objection> {
    let role = filled(identity.role_arn.as_ref());
    let is_workload =
        identity.identity_owner.is_some_and(|owner| owner.value == IdentityOwner::Workload);
    if let Some(role) = role.filter(|_| is_workload) {
        let message = "`roleArn` cannot be assumed with the scale target's own identity";
        let mend = "remove `roleArn`, or `identityOwner: workload`";
        return objection("role-arn-with-workload-owner", message, Some(role), mend);
    }
    let external = filled(identity.external_id.as_ref()).filter(|_| role.is_none())?;
    let message = "`externalID` is sent with a role, and there is no `roleArn`";
    objection("external-id-without-role", message, Some(external), "write `roleArn`")
}

fn check_oauth2(oauth2: &OAuth2, place: Option<Span>) -> Option<Objection> {
    let at = |field: Option<&Spanned<String>>| field.map(|field| field.span).or(place);
    let grant = oauth2.grant.as_ref();
    if grant.is_some_and(|grant| grant.value != "clientCredentials") {
        let message = "the only grant of `oauth2` is `clientCredentials`";
        return objection("oauth2-type", message, at(grant), "write `type: clientCredentials`");
    }
    let client = oauth2.client_id.as_ref();
    if filled(client).is_none() {
        let message = "`oauth2` needs `clientId`";
        return objection("oauth2-client-id", message, at(client), "write the client's id");
    }
    let url = oauth2.token_url.as_ref();
    if url.is_none_or(|url| !is_http_url(&url.value)) {
        let message = "`oauth2` needs a `tokenUrl` with http or https and a host";
        let mend = "write e.g. https://login.example.com/token";
        return objection("oauth2-token-url", message, at(url), mend);
    }
    None
}

fn objection(
    code: &'static str,
    message: &str,
    place: Option<Span>,
    mend: &str,
) -> Option<Objection> {
    let problem = Diagnostic::error(code, message).help(mend);
    Some(Check::TriggerAuthentication.objects(match place {
        Some(place) => problem.at(place, ""),
        None => problem,
    }))
}

/// The place of a text that is there and not empty.
fn filled(text: Option<&Spanned<String>>) -> Option<Span> {
    text.filter(|text| !text.value.is_empty()).map(|text| text.span)
}

/// The place of a text that is there and empty.
fn empty(text: Option<&Spanned<String>>) -> Option<Span> {
    text.filter(|text| text.value.is_empty()).map(|text| text.span)
}

/// Whether a text has the form `http://host…` or `https://host…`.
fn is_http_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let is_http = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    is_http && !host.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}
