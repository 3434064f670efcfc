/*
 * One block of virtual patients: occupancy summed (exposure.py), days stepped (daily.py) and
 * counted (counting.py), in C.
 * NumPy is the specification; a test holds this file to it. No allocation, no global state.
 */
#include <math.h>
#include <stdint.h>

#define LANES 512
#define QUANTITIES 6
#define BINS 1024

struct people { /* one number for each person */
    const double *left, *gone, *left_sum, *gone_sum, *share, *bonus, *on, *off, *passed;
    const double *strengthening, *retreading, *pruning, *forgetting;
    const double *start, *strength, *expectancy;
    const uint8_t *setbacks; /* days x people, or null */
};

struct course { /* one number for each day; for doses, day and place of the amplitudes */
    int64_t days, doses;
    const int64_t *dose_day;
    const double *amplitudes; /* doses x people */
    const double *sessions, *practice, *hope;
};

struct shared {
    double cap, jump, uses, session_uses, new_first, old_first, pull, loss, regain, slope, floor;
    double remission, highest[QUANTITIES];
};

struct tally {
    int32_t *counts;   /* quantities x (days + 1) x bins */
    double *sums;      /* 2 x quantities x (days + 1) */
    int64_t *responded, *remitted;
};

static void count(const struct course *course, const struct shared *shared, struct tally *tally,
                  int64_t day, int64_t lanes, double values[QUANTITIES][LANES], const double *start)
{
    const int64_t rows = course->days + 1;
    for (int q = 0; q < QUANTITIES; q++) {
        const double scale = BINS / shared->highest[q];
        int32_t *bins = tally->counts + (q * rows + day) * BINS;
        double sum = 0.0, square = 0.0;
        int32_t place[LANES];
        for (int64_t i = 0; i < lanes; i++) {
            const int32_t bin = (int32_t)(values[q][i] * scale);
            place[i] = bin < BINS ? bin : BINS - 1;
            sum += values[q][i];
            square += values[q][i] * values[q][i];
        }
        for (int64_t i = 0; i < lanes; i++)
            bins[place[i]]++;
        tally->sums[q * rows + day] += sum;
        tally->sums[(QUANTITIES + q) * rows + day] += square;
    }
    for (int64_t i = 0; i < lanes; i++) {
        tally->responded[day] += values[5][i] <= 0.5 * start[i];
        tally->remitted[day] += values[5][i] <= shared->remission;
    }
}

static void block(const struct people *p, const struct course *course, const struct shared *s,
                  struct tally *tally, int64_t from, int64_t lanes, int64_t people)
{
    double values[QUANTITIES][LANES], store[LANES], pending[LANES];
    double *openness = values[0], *relief = values[1], *new_ = values[2], *old = values[3];
    double *chosen = values[4], *madrs = values[5];
    const double first = s->new_first * s->new_first
                         / (s->new_first * s->new_first + s->old_first * s->old_first);
    for (int64_t i = 0; i < lanes; i++) {
        store[i] = pending[i] = openness[i] = relief[i] = 0.0;
        new_[i] = s->new_first;
        old[i] = s->old_first;
        chosen[i] = first;
    }
    for (int64_t day = 0;; day++) {
        for (int64_t i = 0; i < lanes; i++) {
            const double hope = p->expectancy[from + i] * course->hope[day];
            const double gain = p->strength[from + i] * relief[i] + s->slope * (chosen[i] - first);
            madrs[i] = p->start[from + i] * exp(-fmax(gain + hope, s->floor));
        }
        count(course, s, tally, day, lanes, values, p->start + from);
        if (day == course->days)
            return;
        for (int64_t d = 0; d < course->doses; d++) {
            if (course->dose_day[d] != day)
                continue;
            const double *size = course->amplitudes + d * people + from;
            for (int64_t i = 0; i < lanes; i++) {
                store[i] += size[i] * fmax(0.0, 1.0 - openness[i] / s->cap);
                pending[i] += fmin(s->jump * size[i], 0.98) * (1.0 - relief[i] - pending[i]);
            }
        }
        const double sessions = s->session_uses * course->sessions[day];
        for (int64_t i = 0; i < lanes; i++) {
            const int64_t j = from + i;
            const double fast = p->share[j] * store[i], slow = openness[i] + fast;
            const double gain = 1.0 + p->bonus[j] * (slow * p->left_sum[j] - fast * p->gone_sum[j]);
            const double answered = chosen[i] + s->pull * relief[i] * (1.0 - chosen[i]);
            const double ahead = s->uses * answered + course->practice[day];
            const double behind = s->uses * (1.0 - answered);
            double n = 1.0 - (1.0 - new_[i]) * exp(-p->strengthening[j] * (ahead + sessions) * gain);
            double o = 1.0 - (1.0 - old[i]) * exp(-p->retreading[j] * behind);
            n = s->new_first + (n - s->new_first) * exp(-p->forgetting[j] * (1.0 - answered));
            o *= exp(-p->pruning[j] * (ahead + 0.5 * sessions) * gain);
            new_[i] = n;
            old[i] = o;
            openness[i] = slow * p->left[j] - fast * p->gone[j];
            store[i] *= p->gone[j];
            relief[i] = relief[i] * p->off[j] + pending[i] * p->passed[j];
            pending[i] *= p->on[j];
        }
        if (p->setbacks) {
            const uint8_t *fell = p->setbacks + day * people + from;
            for (int64_t i = 0; i < lanes; i++) {
                const double lost = s->new_first + (new_[i] - s->new_first) * (1.0 - s->loss);
                const double regained = old[i] + s->regain * (s->old_first - old[i]);
                new_[i] = fell[i] ? lost : new_[i];
                old[i] = fell[i] ? regained : old[i];
            }
        }
        for (int64_t i = 0; i < lanes; i++) {
            const double ahead = new_[i] * new_[i];
            chosen[i] = ahead / (ahead + old[i] * old[i]);
        }
    }
}

void kapstone_days(int64_t people, const struct people *p, const struct course *course,
                   const struct shared *shared, struct tally *tally)
{
    for (int64_t from = 0; from < people; from += LANES) {
        const int64_t rest = people - from;
        block(p, course, shared, tally, from, rest < LANES ? rest : LANES, people);
    }
}

struct term { /* modes x people: rates, and weights while it is put in and after */
    int64_t modes;
    double lag, duration;
    const double *rates, *during, *after, *base;
};

static void add_term(const struct term *t, double clock, int64_t from, int64_t lanes,
                     int64_t people, double *ratio)
{
    const int now = clock < t->duration;
    const double late = now ? clock : clock - t->duration;
    double sum[LANES];
    for (int64_t i = 0; i < lanes; i++)
        sum[i] = now ? t->base[from + i] : 0.0;
    for (int64_t k = 0; k < t->modes; k++) {
        const double *rate = t->rates + k * people + from;
        const double *weight = (now ? t->during : t->after) + k * people + from;
        for (int64_t i = 0; i < lanes; i++)
            sum[i] += weight[i] * exp(-rate[i] * late);
    }
    for (int64_t i = 0; i < lanes; i++)
        ratio[i] += fmax(sum[i], 0.0);
}

void kapstone_occupied(int64_t people, int64_t terms, const struct term *term, int64_t nodes,
                       const double *node, const double *weight, const double *amount,
                       double *found)
{
    double ratio[LANES];
    for (int64_t from = 0; from < people; from += LANES) {
        const int64_t rest = people - from, lanes = rest < LANES ? rest : LANES;
        for (int64_t i = 0; i < lanes; i++)
            found[from + i] = 0.0;
        for (int64_t m = 0; m < nodes; m++) {
            for (int64_t i = 0; i < lanes; i++)
                ratio[i] = 0.0;
            for (int64_t t = 0; t < terms; t++)
                if (node[m] >= term[t].lag)
                    add_term(term + t, node[m] - term[t].lag, from, lanes, people, ratio);
            for (int64_t i = 0; i < lanes; i++) {
                const double x = amount[from + i] * ratio[i];
                found[from + i] += weight[m] * x / (1.0 + x);
            }
        }
    }
}
