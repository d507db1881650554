namespace Harness.Images;

/// <summary>Where Debian's suites come from. An address is looked for when the first suite needs it.</summary>
internal sealed class DebianSuites
{
    private readonly Lazy<string> _archive = new(() => DebianMirror.Find());
    private readonly Lazy<string> _security = new(() => DebianMirror.FindSecurity());

    /// <summary>Where the archive keeps the packages of the source "linux" that no index lists any more.</summary>
    public string Pool => $"{_archive.Value}/pool/main/l/linux";

    /// <summary>As <see cref="Pool"/>, of security updates.</summary>
    public string SecurityPool => $"{_security.Value}/pool/updates/main/l/linux";

    /// <summary>A line of sources.list(5).</summary>
    public string Source(string suite) => $"deb [signed-by={Apt.Keyring}] {AddressOf(suite)} {suite} main";

    private string AddressOf(string suite) =>
        suite.EndsWith("-security", StringComparison.Ordinal) ? _security.Value : _archive.Value;
}
