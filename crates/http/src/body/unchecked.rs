//! What was read and still has to be checked.

use evenhand_domain::error::{Error, Fault, Faults};

use crate::problem::Problem;

/// A request's typed content with the faults of its structure. Parts that had one are absent.
#[derive(Debug, Clone)]
pub struct Unchecked<T> {
    value: T,
    structural: Faults,
}

impl<T> Unchecked<T> {
    /// What was read, and what was wrong with the rest.
    #[must_use]
    pub const fn new(value: T, structural: Faults) -> Self {
        Self { value, structural }
    }

    /// Parses the content by the rules of its meaning; the answer names the faults of structure
    /// and of meaning together.
    ///
    /// # Errors
    /// 422 with all faults.
    pub fn check<U>(self, parse: impl FnOnce(T, &mut Faults) -> Option<U>) -> Result<U, Problem> {
        self.parse(parse).finish()
    }

    /// The same, for who has more to check before it is finished.
    pub fn parse<U>(self, parse: impl FnOnce(T, &mut Faults) -> Option<U>) -> Parsed<U> {
        let mut semantic = Faults::default();
        let value = parse(self.value, &mut semantic);
        let mut parsed = Parsed { value, structural: self.structural, semantic: Faults::default() };
        parsed.add(&semantic);
        parsed
    }
}

/// A request's content, parsed, with all faults so far.
#[derive(Debug)]
pub struct Parsed<U> {
    value: Option<U>,
    structural: Faults,
    semantic: Faults,
}

impl<U> Parsed<U> {
    /// Whether it will be refused.
    #[must_use]
    pub fn is_faulty(&self) -> bool {
        !self.structural.is_empty() || !self.semantic.is_empty()
    }

    /// What of the content could be read.
    #[must_use]
    pub const fn value(&self) -> Option<&U> {
        self.value.as_ref()
    }

    /// Notes further faults of meaning.
    pub fn add(&mut self, faults: &Faults) {
        for fault in faults.as_slice() {
            if !is_consequence(fault, &self.structural) {
                self.semantic.add(fault.pointer.clone(), fault.code, fault.detail.clone());
            }
        }
    }

    /// The content.
    ///
    /// # Errors
    /// 422 with all faults.
    pub fn finish(self) -> Result<U, Problem> {
        let is_faulty = self.is_faulty();
        match self.value {
            Some(value) if !is_faulty => Ok(value),
            None if !is_faulty => {
                Err(Error::internal("a request was refused without a fault").into())
            }
            _ => {
                let mut all = self.structural;
                all.append(self.semantic);
                Err(Problem::invalid(all))
            }
        }
    }
}

/// A part that was taken out for its structure is missing: what follows from that is no fault of
/// its own. Nor is what is said of the whole without its parts.
fn is_consequence(fault: &Fault, structural: &Faults) -> bool {
    structural.as_slice().iter().filter(|cause| cause.code != "unknown_field").any(|cause| {
        let beneath = fault.pointer.strip_prefix(&cause.pointer);
        fault.pointer.is_empty()
            || beneath.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consequences_of_a_missing_part_are_left_out() {
        let mut structural = Faults::default();
        structural.add("/email", "invalid_type", "");
        let refused = Unchecked::new((), structural).check(|(), faults| {
            faults.add("/email", "required", "");
            faults.add("/email_2", "required", "");
            faults.add("", "contact_required", "");
            None::<()>
        });
        let problem = refused.unwrap_err();
        let pointers: Vec<&str> =
            problem.faults().as_slice().iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/email", "/email_2"]);
    }

    #[test]
    fn an_unknown_field_hides_nothing() {
        let mut structural = Faults::default();
        structural.add("/nickname", "unknown_field", "");
        let refused = Unchecked::new((), structural).check(|(), faults| {
            faults.add("", "contact_required", "");
            None::<()>
        });
        assert_eq!(refused.unwrap_err().faults().as_slice().len(), 2);
    }
}
