//! What runs a network: a trait, so that another runtime can take the place of `rten`, and `rten`.
//!
//! Values that go in and come out describe a face. What is ours is wiped when dropped; what a runtime keeps inside lies on
//! the program's heap, whose allocator wipes what is freed.

use std::sync::Arc;

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueView};
use zeroize::Zeroizing;

/// Why a network could not be loaded or run.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct RuntimeError {
    what: String,
}

impl RuntimeError {
    /// With what the runtime says; never values.
    pub fn new(what: impl ToString) -> Self {
        Self { what: what.to_string() }
    }
}

/// Loads networks.
pub trait Runtime {
    /// Loads an ONNX model that has one input of this shape (picture, rows, columns, channels) and outputs of these names.
    ///
    /// # Errors
    /// When it is no such model.
    fn load(
        &self,
        model: Vec<u8>,
        input: [usize; 4],
        outputs: &[&str],
    ) -> Result<Box<dyn Network>, RuntimeError>;
}

/// A loaded network.
pub trait Network: Send {
    /// Runs it. Outputs come in the order of the names with which it was loaded.
    ///
    /// # Errors
    /// When `input` has another length than the shape says, or the runtime fails.
    fn run(&mut self, input: &[f32]) -> Result<Vec<Zeroizing<Vec<f32>>>, RuntimeError>;
}

/// The runtime `rten`, on one thread: the other cores of a small board have a screen to draw and a journal to write.
#[derive(Clone)]
pub struct Rten {
    pool: Arc<ThreadPool>,
}

impl Rten {
    /// A runtime with its thread.
    #[must_use]
    pub fn new() -> Self {
        Self { pool: Arc::new(ThreadPool::with_num_threads(1)) }
    }
}

impl Default for Rten {
    fn default() -> Self {
        Self::new()
    }
}

struct RtenNetwork {
    model: Model,
    input: NodeId,
    shape: [usize; 4],
    outputs: Vec<NodeId>,
    pool: Arc<ThreadPool>,
}

impl Runtime for Rten {
    fn load(
        &self,
        model: Vec<u8>,
        input: [usize; 4],
        outputs: &[&str],
    ) -> Result<Box<dyn Network>, RuntimeError> {
        let mut options = ModelOptions::with_all_ops();
        options.prepack_weights(true);
        let model = options.load(model).map_err(RuntimeError::new)?;
        let &[only] = model.input_ids() else {
            return Err(RuntimeError::new("the model has not exactly one input"));
        };
        let outputs = outputs
            .iter()
            .map(|name| model.node_id(name).map_err(RuntimeError::new))
            .collect::<Result<_, _>>()?;
        Ok(Box::new(RtenNetwork { model, input: only, shape: input, outputs, pool: Arc::clone(&self.pool) }))
    }
}

impl Network for RtenNetwork {
    fn run(&mut self, input: &[f32]) -> Result<Vec<Zeroizing<Vec<f32>>>, RuntimeError> {
        let view = ValueView::from_shape(&self.shape, input).map_err(RuntimeError::new)?;
        let mut options = RunOptions::default();
        options.thread_pool = Some(Arc::clone(&self.pool));
        let values = self
            .model
            .run(vec![(self.input, view.into())], &self.outputs, Some(options))
            .map_err(RuntimeError::new)?;
        values.into_iter().map(numbers).collect()
    }
}

fn numbers(value: Value) -> Result<Zeroizing<Vec<f32>>, RuntimeError> {
    value
        .into_tensor::<f32>()
        .map(|tensor| Zeroizing::new(tensor.into_data()))
        .ok_or_else(|| RuntimeError::new("the model gives other numbers than 32-bit floats"))
}
