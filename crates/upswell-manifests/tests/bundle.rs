//! Bundles: objects, lists, unknown kinds, files and folders.

use std::fs;
use std::path::Path;

use upswell_manifests::bundle::{Bundle, Content};
use upswell_manifests::kinds::{Kind, Object};

/// Kind and name of every object, with `?` behind unknown kinds and `!` behind unreadable ones.
fn names(bundle: &Bundle) -> Vec<String> {
    let mark = |content: &Content| match content {
        Content::Object(_) => "",
        Content::Unknown => "?",
        Content::Unreadable(_) => "!",
    };
    bundle.items.iter().map(|item| format!("{}{}", item.id, mark(&item.content))).collect()
}

fn messages(bundle: &Bundle) -> Vec<&str> {
    bundle.diagnostics().map(|diagnostic| diagnostic.message.as_str()).collect()
}

const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n";

#[test]
fn the_articles_manifests_are_read_in_order() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/article");
    let bundle = Bundle::load(&[&folder], &mut std::io::empty());
    assert_eq!(
        names(&bundle),
        [
            "Deployment/llm-worker",
            "HorizontalPodAutoscaler/llm-worker-hpa",
            "ScaledObject/llm-worker-scaled",
            "Deployment/llm-worker!",
            "ServiceMonitor/llm-worker",
            "HorizontalPodAutoscaler/llm-worker-hpa-custom",
            "ContainerNodePool/llm-worker-pool",
            "VerticalPodAutoscaler/llm-worker-vpa",
            "PrometheusRule/llm-hpa-alerts",
        ]
    );
    let rendered: Vec<_> = bundle
        .diagnostics()
        .map(|problem| problem.render(&bundle.sources, false))
        .map(|text| text.replace(&folder.display().to_string(), "article"))
        .collect();
    insta::assert_snapshot!(rendered.join("\n\n"));
}

#[test]
fn lists_are_taken_apart_and_unknown_kinds_are_kept() {
    let bundle = Bundle::from_text(
        "a.yaml",
        "apiVersion: v1\nkind: List\nitems:\n\
         - {apiVersion: v1, kind: Namespace, metadata: {name: a}}\n\
         - {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: b, namespace: web}}\n\
         - {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}]}\n\
         ---\napiVersion: apps/v1\nkind: DeploymentList\nitems:\n- metadata: {name: d}\n",
    );
    assert_eq!(names(&bundle), ["Namespace/a", "Ingress/b?", "ConfigMap/c", "Deployment/d!"]);
    assert_eq!(bundle.items[1].id.namespace, "web");
    assert_eq!(messages(&bundle), ["required field `spec` is missing"]);
}

#[test]
fn json_as_kubectl_prints_it_is_read() {
    let text = r#"{
    "apiVersion": "v1",
    "items": [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "annotations": {
                    "kubectl.kubernetes.io/last-applied-configuration": "{\"apiVersion\":\"v1\"}\n"
                },
                "creationTimestamp": "2026-11-23T10:00:00Z",
                "name": "a",
                "resourceVersion": "12",
                "uid": "7e1f"
            },
            "data": {"slash": "a\/b", "note": "\ud834\udd1e", "tab": "\t<\u003e&"}
        }
    ],
    "kind": "List",
    "metadata": {"resourceVersion": ""}
}
"#;
    let bundle = Bundle::from_text("a.json", text);
    assert_eq!(messages(&bundle), Vec::<&str>::new());
    let Some(Object::ConfigMap(map)) = bundle.items[0].object() else { panic!("no ConfigMap") };
    let values: Vec<_> = map.data.values().map(|value| value.value.as_str()).collect();
    assert_eq!(values, ["𝄞", "a/b", "\t<>&"]);
}

#[test]
fn an_object_with_an_unknown_field_is_read_and_not_sound() {
    let bundle = Bundle::from_text("a.yaml", &format!("{NAMESPACE}sepc: {{}}\n"));
    assert_eq!(messages(&bundle), ["unknown field `sepc`"]);
    assert!(bundle.items[0].object().is_some());
    assert_eq!(bundle.objects().count(), 0);
}

const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n";

#[test]
fn the_values_of_a_secret_are_read_and_not_printed() {
    let text = format!(
        "{SECRET}data: {{good: aHVudGVyMg==, bad: hunter2!, number: 4711}}\n\
         stringData: {{plain: hunter3, plain: hunter4, größe: hunter5}}\nimmutible: true\n"
    );
    let bundle = Bundle::from_text("a.yaml", &text);
    let Some(Object::Secret(secret)) = bundle.items[0].object() else { panic!("no Secret") };
    let revealed = |key: &str| secret.values[key].value.reveal();
    assert_eq!((revealed("good"), revealed("plain")), (&b"hunter2"[..], &b"hunter3"[..]));
    insta::assert_snapshot!(printed(&bundle));
}

/// All that a report may print.
fn printed(bundle: &Bundle) -> String {
    let problems = bundle.diagnostics().map(|problem| problem.render(&bundle.sources, false));
    problems.collect::<Vec<_>>().join("\n\n")
}

#[test]
fn no_mistake_in_a_secret_prints_what_it_holds() {
    let json = r#"{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a"},"data":{"a":"hunter2!"},"x":1}"#;
    let annotated = "annotations: {last-applied: hunter2}, annotations: {}";
    for text in [
        format!("{SECRET}stringData:\n  password: hunter2\n  password: hunter3\n"),
        format!("{SECRET}stringData:\n  password: hunter2\nstringData:\n  password: hunter3\n"),
        format!("{SECRET}data: {{password: hunter2!}}\n"),
        format!("{SECRET}data: hunter2\n"),
        format!("{SECRET}data: {{<<: hunter2}}\n"),
        format!("{SECRET}data: {{[hunter2]: x}}\n"),
        format!("{SECRET}stringData: {{a: &a hunter2, b: *c, a: *a}}\n"),
        format!("{SECRET}password: hunter2\n"),
        format!("{SECRET}stringData:\n  password: \"hunter2\n"),
        format!("{SECRET}stringData:\n  a: 1\n password: hunter2\n"),
        format!("{SECRET}stringData:\n\tpassword: hunter2\n"),
        format!("{SECRET}---\n{SECRET}stringData: {{a: hunter2, a: [\n...\na: 1\n"),
        SECRET.replace("name: a", annotated),
        "kind: Secret\nmetadata:\nname: a\nstringData:\npassword: hunter2\n".to_owned(),
        "kind: Secret\nstringData: {a: hunter2, a: hunter3}\n".to_owned(),
        "apiVersion: v2\nkind: Secret\nmetadata: {name: a}\ndata: {a: hunter2, a: x}\n".to_owned(),
        format!(
            "{{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[{json},{{\"kind\":\"Service\"}}]}}"
        ),
        "apiVersion: v1\nkind: SecretList\nitems: [{metadata: {name: a}, data: {a: hunter2}}]\n"
            .to_owned(),
        json.to_owned(),
    ] {
        let bundle = Bundle::from_text("a.yaml", &text);
        let printed = printed(&bundle);
        assert!(!printed.is_empty() && !printed.contains("hunter"), "{text}\n{printed}");
        let debug = format!("{bundle:?}");
        assert!(!debug.contains("hunter"), "{text}\n{debug}");
    }
}

#[test]
fn the_texts_beside_a_secret_are_printed_as_they_are() {
    let object = "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}, dat: {a: visible}}";
    for text in [
        format!("apiVersion: v1\nkind: List\nitems:\n- {object}\n- {{kind: Secret, data: {{}}}}\n"),
        format!("{SECRET}---\n{object}\n---\n{SECRET}"),
    ] {
        let printed = printed(&Bundle::from_text("a.yaml", &text));
        assert!(printed.contains(object), "{printed}");
    }
}

#[test]
fn versions_that_are_gone_name_the_one_to_use() {
    for (api_version, kind, help) in [
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "write `apiVersion: autoscaling/v2`"),
        ("extensions/v1beta1", "Deployment", "write `apiVersion: apps/v1`"),
        ("v1", "Deployment", "write `apiVersion: apps/v1`"),
        ("apps/v1", "Deploymnet", "did you mean `Deployment`?"),
        ("karpenter.sh/v1beta1", "NodePool", "write `apiVersion: karpenter.sh/v1`"),
        ("serving.knative.dev/v1", "Service", ""),
        ("upswell.dev/v1", "Settings", "write `apiVersion: upswell.dev/v1alpha1`"),
        ("batch/v1", "Job", ""),
        ("v1", "Pod", ""),
    ] {
        let text = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n");
        let bundle = Bundle::from_text("a.yaml", &text);
        let found = bundle.diagnostics().next().and_then(|problem| problem.help.clone());
        assert!(found.clone().unwrap_or_default().starts_with(help), "{text}{found:?}");
        assert_eq!(found.is_none(), help.is_empty(), "{text}{found:?}");
    }
}

#[test]
fn folders_are_read_in_the_order_of_their_names_and_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("b")).unwrap();
    fs::create_dir(path(".git")).unwrap();
    for (name, object) in
        [("c.yaml", "c"), ("b/z.yml", "z"), ("a.json", "a"), (".git/x.yaml", "x"), ("d.txt", "d")]
    {
        fs::write(path(name), NAMESPACE.replace("name: a", &format!("name: {object}"))).unwrap();
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path(), path("b/loop")).unwrap();
    let bundle = Bundle::load(&[folder.path(), &path("c.yaml")], &mut std::io::empty());
    assert_eq!(names(&bundle), ["Namespace/a", "Namespace/z", "Namespace/c"]);
    assert_eq!(messages(&bundle), Vec::<&str>::new());
}

#[test]
fn stdin_is_a_dash() {
    let bundle = Bundle::load(&["-", "-"], &mut NAMESPACE.as_bytes());
    assert_eq!(names(&bundle), ["Namespace/a"]);
    assert_eq!(bundle.sources.iter().next().unwrap().1, "<stdin>");
}

#[test]
fn what_is_no_manifest_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for name in ["chart", "empty", "odd"] {
        fs::create_dir(path(name)).unwrap();
    }
    fs::write(path("chart/Chart.yaml"), "name: x\n").unwrap();
    fs::write(
        path("odd/kustomization.yaml"),
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
    )
    .unwrap();
    fs::write(path("odd/pipeline.yaml"), "stages: [build]\n").unwrap();
    fs::write(path("odd/utf16.yaml"), b"\xff\xfea\0:\0").unwrap();
    let bundle = Bundle::load(
        &[
            path("missing"),
            path("empty"),
            path("chart"),
            path("odd"),
            path("odd/kustomization.yaml"),
        ],
        &mut std::io::empty(),
    );
    let rendered: Vec<_> = bundle
        .diagnostics()
        .map(|problem| problem.render(&bundle.sources, false))
        .map(|text| text.replace(&folder.path().display().to_string(), "DIR"))
        .collect();
    insta::assert_snapshot!(rendered.join("\n\n"));
}

#[test]
fn a_file_of_a_hundred_megabytes_is_refused_by_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.yaml");
    fs::File::create(&path).unwrap().set_len(100 << 20).unwrap();
    let bundle = Bundle::load(&[&path], &mut std::io::empty());
    assert!(
        messages(&bundle)[0].ends_with("100 MiB are too much for one file, 16 MiB is the limit")
    );
    // A stream has no size beforehand; no more than the limit is read of it.
    let bundle = Bundle::load(&["-"], &mut std::io::repeat(b'a'));
    assert!(messages(&bundle)[0].starts_with("<stdin>: 16 MiB are too much"));
}

#[test]
fn hundreds_of_findings_end_the_reading() {
    let text = "apiVersion: v1\nkind: Namespace\nx: 1\n---\n".repeat(2_000);
    let bundle = Bundle::from_text("a.yaml", &text);
    let messages = messages(&bundle);
    assert!(messages.len() < 500, "{}", messages.len());
    assert!(messages.contains(&"more than 300 findings; the rest is not read"));
}

#[test]
fn every_kind_of_the_table_is_found_by_its_own_names() {
    for kind in Kind::ALL {
        for version in kind.versions() {
            let prefix =
                if kind.group().is_empty() { String::new() } else { format!("{}/", kind.group()) };
            let text = format!(
                "apiVersion: {prefix}{version}\nkind: {}\nmetadata: {{name: a}}\n",
                kind.name()
            );
            let bundle = Bundle::from_text("a.yaml", &text);
            let found = match &bundle.items[0].content {
                Content::Object(object) => object.kind(),
                Content::Unreadable(kind) => *kind,
                Content::Unknown => panic!("{text}"),
            };
            assert_eq!(found, *kind);
        }
    }
}
