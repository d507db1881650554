using System.Text.RegularExpressions;

namespace Harness.Model.Releases;

/// <summary>The vendor of a kernel, by the text after the numbers of <c>uname -r</c>.</summary>
public static partial class Flavours
{
    /// <summary>
    /// Upstream, including stable releases, and kernels with an unmodified arch/arm64/kvm: Debian's, and self-built
    /// trees.
    /// </summary>
    public const string Mainline = "mainline";

    public const string Nvidia = "nvidia";
    public const string Ubuntu = "ubuntu";
    public const string Rhel = "rhel";
    public const string Amazon = "amazon";
    public const string Android = "android";
    public const string Fedora = "fedora";
    public const string Suse = "suse";
    public const string OpenEuler = "openeuler";
    public const string RaspberryPi = "raspberrypi";
    public const string Asahi = "asahi";

    private static readonly (Regex Suffix, string Flavour)[] Vendors =
    [
        (NvidiaForm(), Nvidia),
        (UbuntuForm(), Ubuntu),
        (RhelForm(), Rhel),
        (AmazonForm(), Amazon),
        (AndroidForm(), Android),
        (FedoraForm(), Fedora),
        (SuseForm(), Suse),
        (OpenEulerForm(), OpenEuler),
        (RaspberryForm(), RaspberryPi),
        (AsahiForm(), Asahi),
    ];

    /// <summary>All, <see cref="Mainline"/> first.</summary>
    public static IReadOnlyList<string> All { get; } = [Mainline, .. Vendors.Select(v => v.Flavour)];

    /// <param name="suffix">What follows the numbers of uname -r.</param>
    /// <param name="build">uname -v or /proc/version, or null.</param>
    /// <returns>Null for an unknown suffix.</returns>
    internal static string? Of(string suffix, string? build)
    {
        foreach (var (form, flavour) in Vendors)
            if (form.IsMatch(suffix))
                return flavour;
        if (build is not null && build.Contains("-Ubuntu ", StringComparison.Ordinal))
            return Ubuntu;
        return UpstreamForm().IsMatch(suffix) ? Mainline : null;
    }

    // "" ; Debian's "+deb13-arm64", "-50-arm64-16k", "-arm64", "-cloud-arm64", "-rt-arm64"; a tree's "+", "-dirty",
    // "-00012-g0123456789ab".
    [GeneratedRegex(
        @"^(\+deb\d+(u\d+|\.\d+|\+\d+)*|-\d+)?(-(cloud|rt))?(-arm64)?(-(16k|64k|rt))?(-\d{5})?(-g[0-9a-f]{7,40})?(-dirty|\+)?$"
    )]
    private static partial Regex UpstreamForm();

    // "-1012-nvidia-64k".
    [GeneratedRegex(@"-nvidia(-|$)")]
    private static partial Regex NvidiaForm();

    // "-37-generic", "-1012-aws-64k".
    [GeneratedRegex(@"^-\d+-(generic|lowlatency|aws|azure|gcp|gke|ibm|oracle|raspi|realtime|laptop|qcom|oem)(-|$)")]
    private static partial Regex UbuntuForm();

    // "-503.11.1.el9_5.aarch64+64k".
    [GeneratedRegex(@"\.el\d+")]
    private static partial Regex RhelForm();

    // "-174.273.amzn2023.aarch64".
    [GeneratedRegex(@"\.amzn\d+")]
    private static partial Regex AmazonForm();

    // "-android15-8-g0123456789ab-ab12345678".
    [GeneratedRegex(@"-android\d+")]
    private static partial Regex AndroidForm();

    // "-200.fc41.aarch64+16k".
    [GeneratedRegex(@"\.fc\d+")]
    private static partial Regex FedoraForm();

    // "-150600.23.30-default", "-1-64kb".
    [GeneratedRegex(@"-(default|64kb)$")]
    private static partial Regex SuseForm();

    // "-28.0.0.34.oe2403.aarch64".
    [GeneratedRegex(@"\.oe\d+")]
    private static partial Regex OpenEulerForm();

    // "+rpt-rpi-2712".
    [GeneratedRegex(@"\+rpt-rpi|-v8(-16k)?\+?$")]
    private static partial Regex RaspberryForm();

    // "-asahi-2-1-ARCH", "-400.asahi.fc41.aarch64+16k" is Fedora's.
    [GeneratedRegex(@"[-.]asahi")]
    private static partial Regex AsahiForm();
}
