//! How a trigger proves itself to AWS.
//!
//! Source: KEDA main at 8b4f083, scalers/aws/aws_common.go.

use serde_json::{Map, Value, json};

use crate::fault::FaultClass;
use crate::reader::{A, E, ME, Reader};
use crate::request::AwsCredentials;
use crate::secret::Secret;

/// How to prove oneself, and whether it is with what belongs to the scale target.
#[derive(Debug)]
pub(crate) struct Aws {
    pub(crate) credentials: AwsCredentials,
    is_pod_owner: bool,
}

/// The parameters from which the credentials are chosen.
struct Parameters {
    owner: Option<String>,
    role_arn: Option<String>,
    /// Id, key and token of the trigger authentication.
    own: (Option<String>, Option<Secret>, Option<Secret>),
    /// Id and key that the target's container has.
    target: (Option<String>, Option<Secret>),
}

/// Reads the credentials if `is_needed`; the parameters are known in any case.
pub(crate) fn read(read: &mut Reader<'_>, is_needed: bool) -> Aws {
    let owner = read.parameter("identityOwner").text().optional();
    let role_arn = read.parameter("awsRoleArn").from(A).text().optional();
    let own = (
        read.parameter("awsAccessKeyID").alias("awsAccessKeyId").from(A).text().optional(),
        read.parameter("awsSecretAccessKey").from(A).secret().optional(),
        read.parameter("awsSessionToken").from(A).secret().optional(),
    );
    let target = (
        read.parameter("awsAccessKeyID").from(ME).text().optional(),
        // The key itself is never taken from the metadata, only from a variable they name.
        read.parameter("awsSecretAccessKey").from(E).secret().optional(),
    );
    hide(read);
    let is_pod_owner =
        read.pod_identity() != Some("aws") && owner.as_ref().is_none_or(|owner| owner == "pod");
    let parameters = Parameters { owner, role_arn, own, target };
    let credentials =
        if is_needed { credentials(read, parameters) } else { AwsCredentials::Operator };
    Aws { credentials, is_pod_owner }
}

/// What is effective is shown as one computed value; only `identityOwner` stands for itself.
fn hide(read: &mut Reader<'_>) {
    for name in ["awsRoleArn", "awsAccessKeyID", "awsSecretAccessKey", "awsSessionToken"] {
        read.set(name, Value::Null);
    }
}

fn credentials(read: &mut Reader<'_>, parameters: Parameters) -> AwsCredentials {
    let Parameters { owner, role_arn, own, target } = parameters;
    if read.pod_identity() == Some("aws") {
        let given = read.input().pod_identity_role.filter(|role| !role.is_empty());
        return AwsCredentials::PodIdentity { role_arn: given.map(str::to_owned).or(role_arn) };
    }
    if owner.is_some_and(|owner| owner != "pod") {
        return AwsCredentials::Operator;
    }
    if let Some(role_arn) = role_arn {
        return AwsCredentials::Role { role_arn };
    }
    let (id, key, session_token) = match own {
        (Some(id), key, token) => (Some(id), key, token),
        (None, ..) => (target.0, target.1, None),
    };
    let class = FaultClass::MissingCredentials;
    match (id, key) {
        (Some(access_key_id), Some(secret_access_key)) => {
            return AwsCredentials::Keys { access_key_id, secret_access_key, session_token };
        }
        (None, _) => {
            let message = "there are no AWS credentials";
            let fault = read.fault(class, "awsAccessKeyID", message);
            fault.help = Some(
                "set `awsRoleArn`, or `awsAccessKeyID` and `awsSecretAccessKey`, in the trigger \
                 authentication; or use a pod identity"
                    .to_owned(),
            );
        }
        (Some(_), None) => {
            let message = "`awsAccessKeyID` is set, but `awsSecretAccessKey` is not";
            read.fault(class, "awsSecretAccessKey", message);
        }
    }
    AwsCredentials::Operator
}

impl Aws {
    /// Returns the credentials as an object, secrets in clear text.
    pub(crate) fn revealed(&self) -> Value {
        let mut shown = Map::new();
        let uses_pod_identity = matches!(self.credentials, AwsCredentials::PodIdentity { .. });
        shown.insert("usesPodIdentity".to_owned(), json!(uses_pod_identity));
        shown.insert("podIdentityOwner".to_owned(), json!(self.is_pod_owner));
        let mut set = |key: &str, value: &str| shown.insert(key.to_owned(), json!(value));
        match &self.credentials {
            AwsCredentials::Operator | AwsCredentials::PodIdentity { role_arn: None } => {}
            AwsCredentials::PodIdentity { role_arn: Some(role_arn) }
            | AwsCredentials::Role { role_arn } => {
                set("roleArn", role_arn);
            }
            AwsCredentials::Keys { access_key_id, secret_access_key, session_token } => {
                set("accessKeyId", access_key_id);
                set("secretAccessKey", secret_access_key.reveal());
                if let Some(token) = session_token {
                    set("sessionToken", token.reveal());
                }
            }
        }
        Value::Object(shown)
    }
}
