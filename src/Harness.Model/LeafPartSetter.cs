namespace Harness.Model;

/// <summary>Finds the rule that set a part of a leaf.</summary>
internal static class LeafPartSetter
{
    /// <summary>
    /// The first of these rules that sets the part: another value before the rule is lost, and one after it is not.
    /// </summary>
    /// <param name="rules">Of the accesses that made the leaf, the latest first.</param>
    /// <param name="part">The part.</param>
    /// <param name="leaf">What they made.</param>
    /// <param name="leafWith">What they make with this rule in the place of the one of its name.</param>
    public static Rule? Find(IEnumerable<Rule> rules, LeafPart part, Leaf? leaf, Func<Rule, Leaf?> leafWith)
    {
        Change other = part switch
        {
            LeafPart.Write => static (ref s) => s.Draft = s.Draft with { Write = !s.Draft.Write },
            LeafPart.Execute => static (ref s) => s.Draft = s.Draft with { Execute = !s.Draft.Execute },
            _ => OtherType,
        };
        return rules.FirstOrDefault(rule =>
            rule.Effect is Effect.Continue(var change)
            && With(rule, other, change) == leaf
            && With(rule, change, other) != leaf
        );

        Leaf? With(Rule rule, Change first, Change second) =>
            leafWith(
                rule with
                {
                    Effect = new Effect.Continue(
                        (ref s) =>
                        {
                            first(ref s);
                            second(ref s);
                        }
                    ),
                }
            );
    }

    private static void OtherType(ref Situation s) =>
        s.Draft = s.Draft with
        {
            Type =
                s.Draft.Type == MemoryType.NormalNonCacheable ? MemoryType.DeviceNGnRE : MemoryType.NormalNonCacheable,
        };
}
