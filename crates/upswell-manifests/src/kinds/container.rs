//! Containers of a pod.
//!
//! Source: Kubernetes 1.36, api/core/v1/types.go; defaults: pkg/apis/core/v1/defaults.go.

use std::collections::BTreeMap;

use upswell_units::{Quantity, Spanned};

use crate::decode::{IntOrString, Untyped, fields};

fields! {
    /// One container.
    pub struct Container {
        /// Name, unique in its pod.
        pub name: Spanned<String> = required("name"),
        /// Image; missing where something else fills it in.
        pub image: Option<Spanned<String>> = optional("image"),
        /// Replaces the image's entry point.
        pub command: Vec<Spanned<String>> = list("command"),
        /// Replaces the image's arguments.
        pub args: Vec<Spanned<String>> = list("args"),
        /// Replaces the image's working directory.
        pub working_dir: Option<Spanned<String>> = optional("workingDir"),
        /// Ports it says it listens on.
        pub ports: Vec<ContainerPort> = list("ports"),
        /// Environment variables; they win over `env_from`.
        pub env: Vec<EnvVar> = list("env"),
        /// Whole ConfigMaps and Secrets as environment variables.
        pub env_from: Vec<EnvFrom> = list("envFrom"),
        /// CPU, memory and so on.
        pub resources: Option<Resources> = optional("resources"),
        /// Whether it may get traffic, and counts as ready for the HorizontalPodAutoscaler.
        pub readiness_probe: Option<Spanned<Probe>> = optional("readinessProbe"),
        /// Whether it must be restarted.
        pub liveness_probe: Option<Spanned<Probe>> = optional("livenessProbe"),
        /// Holds the other probes back until it has succeeded once.
        pub startup_probe: Option<Spanned<Probe>> = optional("startupProbe"),
        /// What runs after start and before stop.
        pub lifecycle: Option<Lifecycle> = optional("lifecycle"),
        /// When to pull: `Always` for the tag `latest` or none, else `IfNotPresent`, unless set.
        pub image_pull_policy: Option<Spanned<String>> = optional("imagePullPolicy"),
        /// `Always` makes an init container a sidecar.
        pub restart_policy: Option<Spanned<String>> = optional("restartPolicy"),
    }
    known(
        "resizePolicy", "restartPolicyRules", "securityContext", "stdin", "stdinOnce",
        "terminationMessagePath", "terminationMessagePolicy", "tty", "volumeDevices",
        "volumeMounts",
    )
}

fields! {
    /// A port that a container says it listens on.
    pub struct ContainerPort {
        /// Name by which Services and PodMonitors can refer to it.
        pub name: Option<Spanned<String>> = optional("name"),
        /// Number.
        pub container_port: Spanned<u16> = required("containerPort"),
        /// `TCP` unless set.
        pub protocol: Option<Spanned<String>> = optional("protocol"),
    }
    known("hostIP", "hostPort")
}

fields! {
    /// An environment variable.
    pub struct EnvVar {
        /// Name.
        pub name: Spanned<String> = required("name"),
        /// Value, in which `$(OTHER)` stands for another variable; empty unless set.
        pub value: Option<Spanned<String>> = optional("value"),
        /// Where the value comes from, instead of `value`.
        pub value_from: Option<EnvVarSource> = optional("valueFrom"),
    }
}

fields! {
    /// Where the value of an environment variable comes from.
    pub struct EnvVarSource {
        /// A key of a ConfigMap.
        pub config_map_key_ref: Option<KeyRef> = optional("configMapKeyRef"),
        /// A key of a Secret.
        pub secret_key_ref: Option<KeyRef> = optional("secretKeyRef"),
        /// A field of the pod.
        pub field_ref: Option<FieldRef> = optional("fieldRef"),
        /// A resource of a container.
        pub resource_field_ref: Option<Untyped> = optional("resourceFieldRef"),
        /// A key of a file in a volume.
        pub file_key_ref: Option<Untyped> = optional("fileKeyRef"),
    }
}

fields! {
    /// A key of a ConfigMap or Secret.
    pub struct KeyRef {
        /// Name of the ConfigMap or Secret.
        pub name: Spanned<String> = required("name"),
        /// Key in it.
        pub key: Spanned<String> = required("key"),
        /// Whether it may be missing; not unless set.
        pub is_optional: Option<bool> = optional("optional"),
    }
}

fields! {
    /// A field of the pod, as in `metadata.name`.
    pub struct FieldRef {
        /// Path of the field.
        pub field_path: Spanned<String> = required("fieldPath"),
    }
    known("apiVersion")
}

fields! {
    /// A whole ConfigMap or Secret as environment variables.
    pub struct EnvFrom {
        /// Stands before every key; empty unless set.
        pub prefix: Option<String> = optional("prefix"),
        /// The ConfigMap.
        pub config_map_ref: Option<NameRef> = optional("configMapRef"),
        /// The Secret.
        pub secret_ref: Option<NameRef> = optional("secretRef"),
    }
}

fields! {
    /// The name of a ConfigMap or Secret.
    pub struct NameRef {
        /// Name.
        pub name: Spanned<String> = required("name"),
        /// Whether it may be missing; not unless set.
        pub is_optional: Option<bool> = optional("optional"),
    }
}

fields! {
    /// Amounts of resources that a container asks for and is held to.
    pub struct Resources {
        /// Reserved on the node.
        pub requests: BTreeMap<String, Spanned<Quantity>> = map("requests"),
        /// Never exceeded.
        pub limits: BTreeMap<String, Spanned<Quantity>> = map("limits"),
    }
    known("claims")
}

impl Resources {
    /// Returns what is reserved of a resource; the limit where no request is set.
    ///
    /// Source: Kubernetes 1.36, pkg/apis/core/v1/defaults.go, SetDefaults_Pod.
    #[must_use]
    pub fn request(&self, resource: &str) -> Option<&Spanned<Quantity>> {
        self.requests.get(resource).or_else(|| self.limits.get(resource))
    }

    /// Returns the most that a resource may take.
    #[must_use]
    pub fn limit(&self, resource: &str) -> Option<&Spanned<Quantity>> {
        self.limits.get(resource)
    }
}

fields! {
    /// A check that the kubelet repeats.
    pub struct Probe {
        /// Runs a command.
        pub exec: Option<ExecAction> = optional("exec"),
        /// Sends an HTTP request.
        pub http_get: Option<HttpGet> = optional("httpGet"),
        /// Opens a connection.
        pub tcp_socket: Option<Untyped> = optional("tcpSocket"),
        /// Calls the gRPC health service.
        pub grpc: Option<Untyped> = optional("grpc"),
        /// Seconds before the first check, 0 unless set.
        pub initial_delay_seconds: Option<Spanned<i32>> = optional("initialDelaySeconds"),
        /// Seconds between checks, 10 unless set.
        pub period_seconds: Option<Spanned<i32>> = optional("periodSeconds"),
        /// Seconds that a check may take, 1 unless set.
        pub timeout_seconds: Option<Spanned<i32>> = optional("timeoutSeconds"),
        /// Successes in a row that count as one, 1 unless set.
        pub success_threshold: Option<Spanned<i32>> = optional("successThreshold"),
        /// Failures in a row that count as one, 3 unless set.
        pub failure_threshold: Option<Spanned<i32>> = optional("failureThreshold"),
    }
    known("terminationGracePeriodSeconds")
}

fields! {
    /// A command that runs in the container.
    pub struct ExecAction {
        /// Program and arguments.
        pub command: Vec<Spanned<String>> = list("command"),
    }
}

fields! {
    /// An HTTP request to the container.
    pub struct HttpGet {
        /// Port or its name.
        pub port: Spanned<IntOrString> = required("port"),
        /// Path, `/` unless set.
        pub path: Option<Spanned<String>> = optional("path"),
        /// `HTTP` unless set.
        pub scheme: Option<Spanned<String>> = optional("scheme"),
    }
    known("host", "httpHeaders", "protocol")
}

fields! {
    /// What runs after a container's start and before its stop.
    pub struct Lifecycle {
        /// Runs before the stop signal, within the grace period.
        pub pre_stop: Option<Spanned<Handler>> = optional("preStop"),
    }
    known("postStart", "stopSignal")
}

fields! {
    /// What a lifecycle hook does.
    pub struct Handler {
        /// Runs a command.
        pub exec: Option<ExecAction> = optional("exec"),
        /// Sends an HTTP request.
        pub http_get: Option<HttpGet> = optional("httpGet"),
        /// Waits.
        pub sleep: Option<Sleep> = optional("sleep"),
    }
    known("tcpSocket")
}

fields! {
    /// A pause.
    pub struct Sleep {
        /// Seconds.
        pub seconds: i64 = required("seconds"),
    }
}
