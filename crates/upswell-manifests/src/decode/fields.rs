//! The table form of a type: a struct whose fields say how they are read.

/// Defines a struct and reads it from an object, field by field.
///
/// | form | the field's type is | missing or null |
/// | --- | --- | --- |
/// | `required` | `T` | an error, and no value of the struct |
/// | `optional` | `Option<T>` | `None` |
/// | `list` | `Vec<T>` | empty |
/// | `map` | `BTreeMap<String, T>` | empty |
///
/// The form `expected` is `optional`, and missing or null is an error too: for fields without which
/// the API server refuses an object of which the rest is of use all the same.
///
/// `known` lists fields that exist upstream and are not read; `check` names a function that looks
/// at the whole struct and reports what is wrong with it.
macro_rules! fields {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$doc:meta])* pub $field:ident: $type:ty = $form:ident($key:literal),)*
        }
        $(known($($known:literal),* $(,)?))?
        $(check($check:path))?
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $($(#[$doc])* pub $field: $type,)*
        }

        impl $crate::decode::Decode for $name {
            fn decode(
                node: &$crate::yaml::Node,
                problems: &mut $crate::diagnostics::Diagnostics,
            ) -> Option<Self> {
                let mut object = $crate::decode::Object::new(node, problems)?;
                $(let $field = object.$form($key);)*
                $(object.known(&[$($known),*]);)?
                object.finish();
                let value = Self { $($field: $crate::decode::fields!(@unwrap $form $field),)* };
                $($check(&value, problems);)?
                Some(value)
            }
        }
    };
    (@unwrap required $field:ident) => { $field? };
    (@unwrap $form:ident $field:ident) => { $field };
}
pub(crate) use fields;
