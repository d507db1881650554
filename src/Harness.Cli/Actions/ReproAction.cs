using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Reproducers;
using Harness.Runs.Facts;

namespace Harness.Cli.Actions;

internal static class ReproAction
{
    /// <summary>
    /// A placeholder if no host is named: the file has the device's address as macros. At offset 0, since its size
    /// isn't known.
    /// </summary>
    private static PciMemory AnyDevice(CaseSizes sizes) => new("0000:00:10.0", 0, 0x80_0000_0000, sizes.Block, "1");

    public static Task<int> ExecuteAsync(ReproRequest request, HarnessConsole console, CancellationToken cancel)
    {
        var c = CasesAction.Find(request.Case);
        var policy = PolicyNames.Find(request.Policy);
        string text;
        if (request.Target is { } target)
        {
            var profile = KnownTarget.Profile(target.Name, request.Database);
            policy ??= PolicyNames.Of(profile);
            text = Text(c, profile.Abilities, OnHost(target.Name, profile, policy, c));
        }
        else
        {
            policy ??= PolicyCatalog.Newest;
            text = Text(c, null, OnKinds(c, policy, request.On));
        }
        if (request.Output is null)
        {
            console.Out.Write(text);
            return Task.FromResult(ExitCodes.Ok);
        }
        NewFile.Write(request.Output, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
        console.Error.WriteLine(Reports.Printable.Of($"{request.Output}: {c.Key}, by {policy.Name}"));
        return Task.FromResult(ExitCodes.Ok);
    }

    /// <summary>
    /// The file. It reads the descriptor on any host with the exporter; it uses no other facilities beyond system
    /// calls.
    /// </summary>
    /// <param name="c">The case.</param>
    /// <param name="host">The host's memory providers; null if there is no host.</param>
    /// <param name="expected">At least one.</param>
    public static string Text(Case c, ProbeAbilities? host, IReadOnlyList<Expectation> expected)
    {
        var providers = host?.Providers ?? new ProviderAbilities();
        // If no device memory is named, /dev/mem maps memory that is hidden from the kernel.
        var pci = providers.Pci
            ?? (
                c.Backing.Provider == Provider.DevMem && providers.NotRam is not null
                    ? null
                    : AnyDevice(host?.Sizes ?? CaseSizes.Usual)
            );
        var abilities = (host ?? new ProbeAbilities(true, true, false)) with
        {
            Exporter = true,
            Descriptor = true,
            Trace = false,
            Secretmem = true,
            Providers = providers with
            {
                Pci = pci,
                Dax = providers.Dax ?? new DaxMemory((host?.Sizes ?? CaseSizes.Usual).Block),
            },
        };
        return Reproducer.Text(
            new ReproducerSource(CaseCompiler.Compile(c, abilities), expected)
            {
                Pci = pci,
                Sizes = abilities.Sizes,
                Harness = BuildVersion.Text,
            }
        );
    }

    /// <summary>The expectation for one host.</summary>
    public static IReadOnlyList<Expectation> OnHost(string target, HostProfile profile, Policy policy, Case c) =>
        [
            .. profile.Possible.Select(h => new Expectation(
                $"on {target}, {profile.Release} ({h})",
                h,
                policy.Predict(h, c)
            )),
        ];

    /// <summary>The expectation for each kind of host that is decided differently, of those given or of all.</summary>
    public static IReadOnlyList<Expectation> OnKinds(Case c, Policy policy, IReadOnlyList<HostFacts>? on)
    {
        var kinds = HostKinds.Of(c, [policy], on ?? HostFacts.Of(c));
        return
        [
            .. kinds.Select(
                (k, i) => new Expectation(HostKinds.Where(kinds, i, all: on is null), k[0], policy.Predict(k[0], c))
            ),
        ];
    }
}
