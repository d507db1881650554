using Harness.Site.Pages;
using Microsoft.AspNetCore.Components;

namespace Harness.Site;

/// <summary>A page: its component, and the component's parameters besides the request.</summary>
internal sealed record PageView(Type Component, params (string Name, object? Value)[] Parameters)
{
    public static PageView Of<T>(params (string, object?)[] parameters)
        where T : IComponent => new(typeof(T), parameters);
}

/// <summary>The pages of a site, by address.</summary>
internal static class SitePages
{
    /// <summary>Null if there is no such page.</summary>
    public static PageView? Find(Content content, string path)
    {
        if (s_single.TryGetValue(path, out var single))
            return single;
        if (Address.Parse(path) is not { Area: var area, Names: var names })
            return null;
        string name = names[0];
        return area switch
        {
            Address.Area.Run => content.Run(name) is { } run ? PageView.Of<RunPage>(("Run", run)) : null,
            Address.Area.Suite => content.Suite(name) is { } suite ? PageView.Of<SuitePage>(("Suite", suite)) : null,
            Address.Area.Host => content.Targets.Contains(name) ? PageView.Of<HostPage>(("Target", name)) : null,
            Address.Area.Kernel => content.Kernels.Contains(name) ? PageView.Of<KernelPage>(("Release", name)) : null,
            Address.Area.Rule => content.Rule(name) is { } rule ? PageView.Of<RulePage>(("Rule", rule)) : null,
            Address.Area.Finding => content.Finding(name) is { } f ? PageView.Of<FindingPage>(("Finding", f)) : null,
            Address.Area.Case => content.Case(name) is { } record
                ? PageView.Of<CasePage>(("History", CaseHistory.Of(content, record)))
                : null,
            Address.Area.Compare => content.Run(name) is { } before && content.Run(names[1]) is { } after
                ? PageView.Of<ComparePage>(("Before", before), ("After", after))
                : null,
            _ => null,
        };
    }

    /// <summary>The addresses of all pages of a site in files, the first page first.</summary>
    /// <param name="cases">The cases with a page.</param>
    public static IEnumerable<Address> All(Content content, IEnumerable<string> cases) =>
        s_single
            .Keys.Select(path => new Address(path))
            .Concat(content.Suites.Select(s => Address.Suite(s.Name)))
            .Concat(content.Runs.Select(r => Address.Run(r.Id)))
            .Concat(content.Targets.Select(Address.Host))
            .Concat(content.Kernels.Select(Address.Kernel))
            .Concat(content.Findings.Select(f => Address.Finding(f.Id)))
            .Concat(content.Rules.Select(r => Address.Rule(r.Name)))
            .Concat(ComparePage.Consecutive(content).Select(p => Address.Comparison(p.Before.Id, p.After.Id)))
            .Concat(cases.Select(Address.Case));

    private static readonly Dictionary<string, PageView> s_single = new()
    {
        [Address.Home.Path] = PageView.Of<HomePage>(),
        [Address.Runs.Path] = PageView.Of<RunsPage>(),
        [Address.Hosts.Path] = PageView.Of<HostsPage>(),
        [Address.Kernels.Path] = PageView.Of<KernelsPage>(),
        [Address.Findings.Path] = PageView.Of<FindingsPage>(),
        [Address.Rules.Path] = PageView.Of<RulesPage>(),
        [Address.Compare.Path] = PageView.Of<ComparePage>(),
        [Address.Search.Path] = PageView.Of<SearchPage>(),
    };
}
