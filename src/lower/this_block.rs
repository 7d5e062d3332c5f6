use sqlparser::ast;
use std::ops::ControlFlow;

/// Changes the expressions of one block and leaves the queries inside them alone: they have names of their own.
pub(super) struct ThisBlock<F> {
    change: F,
    depth: usize,
}

impl<F: FnMut(&mut ast::Expr)> ThisBlock<F> {
    /// From the inside out, each expression once.
    pub(super) fn new(change: F) -> Self {
        ThisBlock { change, depth: 0 }
    }
}

impl<F: FnMut(&mut ast::Expr)> ast::VisitorMut for ThisBlock<F> {
    type Break = std::convert::Infallible;

    fn pre_visit_query(&mut self, _: &mut ast::Query) -> ControlFlow<Self::Break> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut ast::Query) -> ControlFlow<Self::Break> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, e: &mut ast::Expr) -> ControlFlow<Self::Break> {
        if self.depth == 0 {
            (self.change)(e);
        }
        ControlFlow::Continue(())
    }
}
