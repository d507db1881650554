namespace Harness.Images;

/// <summary>The addresses of Debian's suites. An address is looked up when the first suite needs it.</summary>
internal sealed class DebianSuites
{
    private readonly Lazy<string> _archive = new(() => DebianMirror.Find());
    private readonly Lazy<string> _security = new(() => DebianMirror.FindSecurity());

    /// <summary>The archive's directory with the packages of the source "linux", including those in no index.</summary>
    public string Pool => $"{_archive.Value}/pool/main/l/linux";

    /// <summary>As <see cref="Pool"/>, for security updates.</summary>
    public string SecurityPool => $"{_security.Value}/pool/updates/main/l/linux";

    /// <summary>A line of sources.list(5).</summary>
    public string Source(string suite) => $"deb [signed-by={Apt.Keyring}] {AddressOf(suite)} {suite} main";

    private string AddressOf(string suite) =>
        suite.EndsWith("-security", StringComparison.Ordinal) ? _security.Value : _archive.Value;
}
