package dev.tenantgate.gateway.benchmark;

import java.util.List;

/** A linear model of figures, fitted so that the squares of its errors are smallest. */
final class LeastSquares {

  private static final double NOTHING = 1e-9;

  private LeastSquares() {}

  /**
   * Solves the normal equations by Gauss and Jordan.
   *
   * @param rows what the figures depend on, a 1 for the constant among it
   * @param figures one for each row
   * @return a factor for each column; 0 for one that the rows say nothing of
   */
  static double[] fit(List<double[]> rows, List<Double> figures) {
    int size = rows.get(0).length;
    double[][] equations = new double[size][size + 1];
    for (int row = 0; row < rows.size(); row++) {
      double[] values = rows.get(row);
      for (int i = 0; i < size; i++) {
        for (int j = 0; j < size; j++) {
          equations[i][j] += values[i] * values[j];
        }
        equations[i][size] += values[i] * figures.get(row);
      }
    }
    double[] factors = new double[size];
    boolean[] told = new boolean[size];
    for (int column = 0; column < size; column++) {
      told[column] = equations[column][column] > NOTHING * squares(rows, column);
      if (told[column]) {
        eliminate(equations, column);
      }
    }
    for (int column = 0; column < size; column++) {
      factors[column] = told[column] ? equations[column][size] / equations[column][column] : 0;
    }
    return factors;
  }

  private static double squares(List<double[]> rows, int column) {
    return rows.stream().mapToDouble(row -> row[column] * row[column]).sum();
  }

  private static void eliminate(double[][] equations, int column) {
    for (int row = 0; row < equations.length; row++) {
      double factor = equations[row][column] / equations[column][column];
      for (int i = column; row != column && i < equations[row].length; i++) {
        equations[row][i] -= factor * equations[column][i];
      }
    }
  }
}
