//! `TriggerAuthentication` and `ClusterTriggerAuthentication`: where triggers get credentials.
//!
//! Source: KEDA 2.20, triggerauthentication_types.go and the schema of its CRD.

use std::collections::BTreeMap;

use upswell_units::Spanned;

use crate::decode::{Untyped, fields, string_enum};
use crate::kinds::Metadata;

fields! {
    /// Either kind; the cluster-wide one has no namespace.
    pub struct TriggerAuthentication {
        /// Name and namespace.
        pub metadata: Metadata = required("metadata"),
        /// The sources of credentials.
        pub spec: AuthenticationSources = required("spec"),
    }
    known("apiVersion", "kind", "status")
}

fields! {
    /// `spec`: sources of credentials; where two give one parameter, the later field here wins.
    pub struct AuthenticationSources {
        /// Identity of the pod on its cloud.
        pub pod_identity: Option<PodIdentity> = optional("podIdentity"),
        /// Environment variables of the scale target.
        pub env: Vec<EnvironmentSource> = list("env"),
        /// JSON file with parameters; only for the cluster-wide kind.
        pub file_path: Option<Spanned<String>> = optional("filePath"),
        /// Keys of ConfigMaps.
        pub config_map_target_ref: Vec<KeySource> = list("configMapTargetRef"),
        /// Keys of Secrets.
        pub secret_target_ref: Vec<KeySource> = list("secretTargetRef"),
        /// Secrets of HashiCorp Vault; kept, not read.
        pub hashi_corp_vault: Option<Untyped> = optional("hashiCorpVault"),
        /// Secrets of Azure Key Vault; kept, not read.
        pub azure_key_vault: Option<Untyped> = optional("azureKeyVault"),
        /// Secrets of Google Secret Manager; kept, not read.
        pub gcp_secret_manager: Option<Untyped> = optional("gcpSecretManager"),
        /// Secrets of AWS Secrets Manager; kept, not read.
        pub aws_secret_manager: Option<Untyped> = optional("awsSecretManager"),
        /// Tokens of service accounts.
        pub bound_service_account_token: Vec<ServiceAccountToken> = list("boundServiceAccountToken"),
        /// A token from an OAuth 2 server.
        pub oauth2: Option<OAuth2> = optional("oauth2"),
    }
}

fields! {
    /// `podIdentity`: which identity the requests to a cloud carry.
    pub struct PodIdentity {
        /// Whose identities.
        pub provider: Spanned<PodIdentityProvider> = required("provider"),
        /// Azure: id of the identity.
        pub identity_id: Option<Spanned<String>> = optional("identityId"),
        /// Azure: tenant, instead of the default one.
        pub identity_tenant_id: Option<Spanned<String>> = optional("identityTenantId"),
        /// Azure: authority host, instead of the default one.
        pub identity_authority_host: Option<Spanned<String>> = optional("identityAuthorityHost"),
        /// AWS: role to assume.
        pub role_arn: Option<Spanned<String>> = optional("roleArn"),
        /// AWS: external id sent when the role is assumed.
        pub external_id: Option<Spanned<String>> = optional("externalID"),
        /// AWS: whether KEDA's or the scale target's service account is used.
        pub identity_owner: Option<Spanned<IdentityOwner>> = optional("identityOwner"),
    }
}

string_enum! {
    /// Whose pod identities.
    pub enum PodIdentityProvider {
        /// Azure's workload identity.
        AzureWorkload = "azure-workload",
        /// Google's workload identity.
        Gcp = "gcp",
        /// AWS's identities of service accounts and pods.
        Aws = "aws",
        /// The deprecated form of `aws`.
        AwsEks = "aws-eks",
        /// None; as if there were no `podIdentity`.
        None = "none",
    }
}

string_enum! {
    /// Whose service account is used.
    pub enum IdentityOwner {
        /// The operator's.
        Keda = "keda",
        /// The scale target's.
        Workload = "workload",
    }
}

fields! {
    /// A key of a Secret or a ConfigMap.
    pub struct KeySource {
        /// The trigger's parameter.
        pub parameter: Spanned<String> = required("parameter"),
        /// The Secret or ConfigMap.
        pub name: Spanned<String> = required("name"),
        /// The key in it.
        pub key: Spanned<String> = required("key"),
    }
}

fields! {
    /// An environment variable of the scale target.
    pub struct EnvironmentSource {
        /// The trigger's parameter.
        pub parameter: Spanned<String> = required("parameter"),
        /// The variable.
        pub name: Spanned<String> = required("name"),
        /// The container; the scale target's usual one unless set.
        pub container_name: Option<Spanned<String>> = optional("containerName"),
    }
}

fields! {
    /// A token of a service account.
    pub struct ServiceAccountToken {
        /// The trigger's parameter.
        pub parameter: Spanned<String> = required("parameter"),
        /// The service account.
        pub service_account_name: Spanned<String> = required("serviceAccountName"),
    }
}

fields! {
    /// `oauth2`: where a token comes from. What is missing here the webhook's check reports.
    pub struct OAuth2 {
        /// The grant; `clientCredentials` unless set, and nothing else.
        pub grant: Option<Spanned<String>> = optional("type"),
        /// Id of the client.
        pub client_id: Option<Spanned<String>> = optional("clientId"),
        /// `valueFrom.secretKeyRef` of the client's secret.
        pub client_secret: Option<Untyped> = optional("clientSecret"),
        /// Address of the token server, with http or https.
        pub token_url: Option<Spanned<String>> = optional("tokenUrl"),
        /// What the token is for.
        pub scopes: Vec<String> = list("scopes"),
        /// Further parameters of the request for a token.
        pub token_url_params: BTreeMap<String, String> = map("tokenUrlParams"),
    }
}
