using Xunit;
namespace Plinth.Tests;
public class SkeletonTests { [Fact] public void Builds() => Assert.True(true); }
