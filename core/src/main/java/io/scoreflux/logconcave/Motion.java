package io.scoreflux.logconcave;

import java.util.Arrays;

/**
 * The motion {@code q'' = -q} between {@link Walls}: arcs {@code q cos t + p sin t} that are reflected at the walls. The time at which an arc
 * reaches a wall is known in closed form (Pakman and Paninski 2014, doi 10.1080/10618600.2013.788448). The arcs are recorded and can be
 * repeated with the same bits, without another search for walls.
 *
 * <p>The components of q and p along all normals rotate as q and p do, and a reflection changes those of p by a row of the products of
 * normals. So an arc needs no product of a normal with q or p: with w walls in d dimensions it takes O(d + w) operations. Not thread-safe.
 */
final class Motion {
    private Walls walls;
    private double[] along;
    private double[] speed;

    private int arcs;
    private double[] times = new double[16];
    /** The wall at the end of each arc, or -1. */
    private int[] reached = new int[16];

    private double[] impulses = new double[16];

    Motion(Walls walls) {
        this.walls = walls;
        this.along = new double[walls.count()];
        this.speed = new double[walls.count()];
    }

    /** Sets other walls. */
    void use(Walls others) {
        walls = others;
        if (along.length != others.count()) {
            along = new double[others.count()];
            speed = new double[others.count()];
        }
    }

    /** Returns the number of walls. */
    int walls() {
        return walls.count();
    }

    /** Forgets all arcs. */
    void forget() {
        arcs = 0;
    }

    /** Returns the number of arcs since {@link #forget}. */
    int arcs() {
        return arcs;
    }

    /** Returns the time of an arc. */
    double time(int arc) {
        return times[arc];
    }

    /** Starts at a position with a momentum. */
    void start(double[] q, double[] p) {
        walls.components(q, along);
        walls.components(p, speed);
    }

    /**
     * Moves (q, p), which are those of the start or of the end of the last move, over a time below pi.
     *
     * @param mostArcs the largest number of arcs since {@link #forget}
     * @return false if there would be more arcs
     */
    boolean move(double[] q, double[] p, double time, int mostArcs) {
        double left = time;
        while (left > 0) {
            if (arcs == mostArcs) {
                return false;
            }
            left -= arc(q, p, left);
        }
        return true;
    }

    private double arc(double[] q, double[] p, double left) {
        double first = StrictMath.tan(0.5 * left);
        int wall = -1;
        for (int k = 0; k < along.length; k++) {
            double x = walls.reaches(k, along[k], speed[k]);
            if (x < first) {
                first = x;
                wall = k;
            }
        }
        double time = wall < 0 ? left : Math.min(left, 2 * StrictMath.atan(first));
        double impulse = 0;
        rotate(along, speed, time);
        if (wall >= 0) {
            impulse = walls.impulse(wall, speed[wall]);
            walls.reflect(wall, impulse, speed);
        }
        record(time, wall, impulse);
        repeat(arcs - 1, q, p);
        return time;
    }

    private void record(double time, int wall, double impulse) {
        if (arcs == times.length) {
            times = Arrays.copyOf(times, 2 * arcs);
            reached = Arrays.copyOf(reached, 2 * arcs);
            impulses = Arrays.copyOf(impulses, 2 * arcs);
        }
        times[arcs] = time;
        reached[arcs] = wall;
        impulses[arcs++] = impulse;
    }

    /** Repeats an arc from its start, and its reflection. */
    void repeat(int arc, double[] q, double[] p) {
        rotate(q, p, times[arc]);
        if (reached[arc] >= 0) {
            walls.addNormal(reached[arc], impulses[arc], p);
        }
    }

    /** Moves (q, p) along an arc without boundary. */
    static void rotate(double[] q, double[] p, double angle) {
        double cos = StrictMath.cos(angle);
        double sin = StrictMath.sin(angle);
        for (int i = 0; i < q.length; i++) {
            double was = q[i];
            q[i] = was * cos + p[i] * sin;
            p[i] = p[i] * cos - was * sin;
        }
    }
}
