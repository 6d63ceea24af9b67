//! Whose machine it is.

/// Whose machine it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cloud {
    /// Google Cloud.
    Gcp,
    /// Amazon Web Services.
    Aws,
    /// Microsoft Azure.
    Azure,
}

impl Cloud {
    /// Tells the cloud by the form of a machine type's name: `n2-standard-4`, `m5.xlarge`,
    /// `Standard_D4s_v5`. None for a name of another form.
    #[must_use]
    pub fn of(machine_type: &str) -> Option<Self> {
        if machine_type.starts_with("Standard_") {
            return Some(Self::Azure);
        }
        let ends = machine_type.find(['.', '-'])?;
        let (family, rest) = machine_type.split_at(ends);
        let has_generation = family.starts_with(|c: char| c.is_ascii_lowercase())
            && family.contains(|c: char| c.is_ascii_digit());
        if !has_generation {
            return None;
        }
        // AWS also has families with a dash, as in `u-6tb1.metal`; nobody scales those.
        Some(if rest.starts_with('.') { Self::Aws } else { Self::Gcp })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_name_tells_the_cloud() {
        for (machine_type, cloud) in [
            ("n2-standard-4", Some(Cloud::Gcp)),
            ("e2-medium", Some(Cloud::Gcp)),
            ("a3-highgpu-8g", Some(Cloud::Gcp)),
            ("m5.xlarge", Some(Cloud::Aws)),
            ("g6e.12xlarge", Some(Cloud::Aws)),
            ("Standard_D4s_v5", Some(Cloud::Azure)),
            ("own-64", None),
            ("rack.7", None),
            ("n2", None),
            ("", None),
        ] {
            assert_eq!(Cloud::of(machine_type), cloud, "{machine_type}");
        }
    }
}
