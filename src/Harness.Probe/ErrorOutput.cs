using System.Text;
using Harness.Probe.Native;

namespace Harness.Probe;

/// <summary>Writes everything that is not protocol, to stderr. Without Console, which starts slowly.</summary>
internal static class ErrorOutput
{
    public static void Write(string text) => SmallFile.WriteAll(2, Encoding.UTF8.GetBytes(text + "\n"));
}
