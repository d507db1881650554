using System.Text;
using Harness.Probe.Native;

namespace Harness.Probe;

/// <summary>The one place for what is not protocol. Console would cost its start-up.</summary>
internal static class ErrorOutput
{
    public static void Say(string text) => SmallFile.WriteAll(2, Encoding.UTF8.GetBytes(text + "\n"));
}
