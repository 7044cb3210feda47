namespace Plinth.Layers.Losses.Detection;

/// <summary>
/// The pairing of rows with columns whose costs have the least sum: the Hungarian method with shortest paths, exact, in O(rows² · columns)
/// (Kuhn 1955; Jonker, Volgenant 1987).
/// </summary>
public static class OptimalAssignment
{
    /// <summary>Pairs as many rows and columns as the smaller side has.</summary>
    /// <param name="costs">Cost of each pair; <c>[row, column]</c>.</param>
    /// <returns>The column of each row, or -1 where there are more rows than columns and the row goes without.</returns>
    /// <exception cref="ArgumentException">A cost is not finite.</exception>
    public static int[] Of(double[,] costs)
    {
        ArgumentNullException.ThrowIfNull(costs);
        foreach (var cost in costs)
        {
            if (!double.IsFinite(cost))
            {
                throw new ArgumentException($"The cost {cost} is not finite, so no pairing has the least.", nameof(costs));
            }
        }

        var (rows, columns) = (costs.GetLength(0), costs.GetLength(1));
        if (rows <= columns)
        {
            return Rows(rows, columns, (row, column) => costs[row, column]);
        }

        var turned = Rows(columns, rows, (column, row) => costs[row, column]);
        var result = Enumerable.Repeat(-1, rows).ToArray();
        for (var column = 0; column < columns; column++)
        {
            result[turned[column]] = column;
        }

        return result;
    }

    // Rows join one by one; each takes the cheapest chain of exchanges to a free column, in costs reduced by the prices of rows and columns.
    private static int[] Rows(int rows, int columns, Func<int, int, double> cost)
    {
        double[] rowPrices = new double[rows], columnPrices = new double[columns];
        var rowOf = Enumerable.Repeat(-1, columns).ToArray();
        for (var row = 0; row < rows; row++)
        {
            Join(row, rowOf, rowPrices, columnPrices, cost);
        }

        var result = new int[rows];
        for (var column = 0; column < columns; column++)
        {
            if (rowOf[column] >= 0)
            {
                result[rowOf[column]] = column;
            }
        }

        return result;
    }

    private static void Join(int joining, int[] rowOf, double[] rowPrices, double[] columnPrices, Func<int, int, double> cost)
    {
        var columns = rowOf.Length;
        var distances = Enumerable.Repeat(double.PositiveInfinity, columns).ToArray();
        var before = Enumerable.Repeat(-1, columns).ToArray();
        var isDone = new bool[columns];
        var (row, last, distance) = (joining, -1, 0.0);
        while (true)
        {
            var next = -1;
            for (var column = 0; column < columns; column++)
            {
                if (isDone[column])
                {
                    continue;
                }

                var reached = distance + cost(row, column) - rowPrices[row] - columnPrices[column];
                if (reached < distances[column])
                {
                    (distances[column], before[column]) = (reached, last);
                }

                next = next < 0 || distances[column] < distances[next] ? column : next;
            }

            (isDone[next], last, distance) = (true, next, distances[next]);
            if (rowOf[next] < 0)
            {
                break;
            }

            row = rowOf[next];
        }

        Reprice(joining, distance, rowOf, rowPrices, columnPrices, distances, isDone);
        for (var column = last; column >= 0; column = before[column])
        {
            rowOf[column] = before[column] < 0 ? joining : rowOf[before[column]];
        }
    }

    private static void Reprice(int joining, double length, int[] rowOf, double[] rowPrices, double[] columnPrices, double[] distances, bool[] isDone)
    {
        rowPrices[joining] += length;
        for (var column = 0; column < isDone.Length; column++)
        {
            if (isDone[column] && rowOf[column] >= 0)
            {
                rowPrices[rowOf[column]] += length - distances[column];
                columnPrices[column] -= length - distances[column];
            }
        }
    }
}
