using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Harness.Probe.Tests")]
