//! Compiles the simulator's window.

fn main() -> Result<(), slint_build::CompileError> {
    slint_build::compile_with_config(
        "desktop/desktop.slint",
        slint_build::CompilerConfiguration::new()
            .with_style("fluent".into())
            .embed_resources(slint_build::EmbedResourcesKind::EmbedFiles),
    )
}
