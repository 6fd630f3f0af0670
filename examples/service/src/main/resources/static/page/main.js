/** The page: connects the form, the run and what shows it. */

import { model, models } from './api.js';
import { CertificatePanel } from './certificate.js';
import { Chart } from './chart.js';
import { Film } from './film.js';
import { Picture } from './picture.js';
import { MOST_SHOWN, Run } from './run.js';
import { SettingsForm, pictureLink, pictureText } from './settings.js';
import { Stages } from './stages.js';
import { plural, whole } from './text.js';
import { hasToken, useToken } from './token.js';

const $ = id => document.getElementById(id);

/** What the main button does in each state of a run. */
const MAIN_BUTTON = {
  connecting: 'Pause',
  running: 'Pause',
  lost: 'Pause',
  paused: 'Resume',
  failed: 'Resume',
  finished: 'Draw more',
  full: 'Start over',
};

let run = null;
let runModel = null;

const form = new SettingsForm(settingsChanged);
const stages = new Stages($('stages'));
const chart = new Chart($('chart'), $('chart-note'));
const film = new Film(showFailure);
const panel = new CertificatePanel($('certificate'), showFilm);
const picture = new Picture({ current: showCurrent, chosen: showFilm });

form.form.addEventListener('submit', event => {
  event.preventDefault();
  mainButton();
});
$('again').addEventListener('click', () => {
  if (run === null) return;
  takeToken();
  start(null);
});
$('copy').addEventListener('click', copyLink);

load();

/** Fetches the models, and draws the picture of the link if the address has one. */
async function load() {
  const link = new URLSearchParams(location.search);
  try {
    const offered = await models();
    form.acceptToken();
    // A browser sends no token when the reader follows a link.
    if (hasToken()) $('interface').removeAttribute('href');
    form.offer(offered, link.get('model'));
    const named = link.get('model');
    if (named !== null && !offered.some(m => m.name === named)) await model(named);
  } catch (problem) {
    if (problem.demandsToken) {
      askToken(problem);
      $('main').textContent = 'Connect';
      status('This service is protected. Enter its token, and press Connect.');
      return;
    }
    showProblem(problem);
    if (!form.model) {
      $('main').textContent = 'Try again';
      status('There is no model to draw from.');
      return;
    }
    link.delete('count');
  }
  $('main').textContent = 'Start';
  form.fill(link);
  prepare();
  status('Ready. Press Start.');
  if (link.has('count')) replay(link.get('count'));
}

/** Draws the picture of a link, as fast as the page can show it. */
function replay(text) {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > MOST_SHOWN) {
    showProblem(new Error(`The count of a link must be a whole number from 1 to ${whole(MOST_SHOWN)}, but it is '${text}'.`));
    return;
  }
  form.pace = Infinity;
  start(count);
}

/** Shows the field for the token, with the focus on it. */
function askToken(problem) {
  form.askToken();
  if (hasToken()) showProblem(problem);
  $('token').focus();
}

/** Uses the token that the reader has entered, if the form asks for it. */
function takeToken() {
  if (!form.asksToken) return;
  useToken(form.token);
  if (form.model) form.acceptToken();
}

function mainButton() {
  takeToken();
  if (!form.model) {
    hideProblem();
    load();
  } else if (run === null || run.state === 'full') {
    start(null);
  } else if (run.isActive) {
    run.pause();
  } else if (run.state === 'failed' && run.samples.length === 0) {
    start(null);
  } else {
    hideProblem();
    run.pace = form.pace;
    run.resume();
  }
}

/** Shows an empty picture of the model that is selected. */
function prepare() {
  runModel = form.model;
  film.clear();
  picture.clear(runModel);
  stages.clear(runModel);
}

/** Begins a new run with the settings of the form; a count is that of a link. */
function start(count) {
  run?.stop();
  hideProblem();
  prepare();
  const settings = form.read();
  chart.clear(settings);
  run = new Run(settings, count, form.pace, {
    state: showState,
    samples: showSamples,
    boundaries: levels => stages.boundaries(levels),
    stages: held => {
      stages.hold(held);
      showCounters();
    },
  });
  showState();
}

/** The speed holds at once, other settings from the next start on. */
function settingsChanged() {
  if (run !== null) run.pace = form.pace;
  else if (form.model !== runModel) prepare();
  showChanged();
}

function showChanged() {
  const differs = run !== null && JSON.stringify(form.read()) !== JSON.stringify(run.settings);
  $('changed').hidden = !differs;
}

function showSamples(samples) {
  picture.add(samples);
  stages.add(samples);
  chart.add(samples);
  showCounters();
}

function showCounters() {
  $('calls').textContent = whole(run.calls);
  $('requested').textContent = whole(run.requested);
  $('shown').textContent = whole(run.samples.length);
  const link = $('link');
  if (run.samples.length > 0) {
    link.href = pictureLink(run.settings, run.samples.length);
    link.textContent = pictureText(run.settings, run.samples.length);
  } else {
    link.href = './';
    link.textContent = 'there are no samples yet';
  }
  if (run.state === 'paused') status(pausedText());
}

function showState() {
  const { state } = run;
  $('main').textContent = state === 'failed' && run.samples.length === 0 ? 'Try again' : MAIN_BUTTON[state];
  $('again').setAttribute('aria-disabled', 'false');
  // At the limit the main button starts over.
  if (state === 'full' && document.activeElement === $('again')) $('main').focus();
  $('again').hidden = state === 'full';
  document.body.dataset.state = state;
  if (run.problem && state === 'failed') showFailure(run.problem);
  status(stateText());
  showCounters();
  showChanged();
}

function stateText() {
  const shown = plural(run.samples.length, 'sample');
  switch (run.state) {
    case 'connecting':
      return 'Connecting to the service.';
    case 'running':
      return 'Running.';
    case 'lost':
      return `The connection broke after ${shown}. The page connects again and goes on from there.`;
    case 'paused':
      return pausedText();
    case 'finished':
      return `Finished: all ${shown} are here.${failedText()}`;
    case 'full':
      return `Stopped by itself: this page shows at most ${whole(MOST_SHOWN)} samples, so that it stays fast.`;
    default:
      return 'Stopped.';
  }
}

function pausedText() {
  return run.outstanding > 0
    ? 'Paused. What the page had asked for will still arrive.'
    : 'Paused. The service computes nothing for this page.' + failedText();
}

function failedText() {
  return run.failed > 0 ? ` ${plural(run.failed, 'sample')} failed.` : '';
}

function status(text) {
  if ($('status').textContent !== text) $('status').textContent = text;
}

function showCurrent(sample) {
  panel.show(runModel, sample);
  chart.mark(sample);
}

function showFilm(sample) {
  if (run !== null && sample.values) film.show(runModel, run.settings, sample, run.samples.slice());
}

function showFailure(problem) {
  showProblem(problem);
  if (problem.demandsToken) askToken(problem);
}

function showProblem(problem) {
  const box = $('problem');
  box.hidden = false;
  box.textContent = problem.message;
  form.mark(problem.field ?? null);
}

function hideProblem() {
  $('problem').hidden = true;
  $('problem').textContent = '';
  form.mark(null);
}

async function copyLink() {
  const button = $('copy');
  try {
    await navigator.clipboard.writeText($('link').href);
    button.textContent = 'Copied';
    status('The link is copied.');
  } catch {
    status('The browser does not permit copying. Copy the address of the link instead.');
  }
  button.addEventListener('blur', () => { button.textContent = 'Copy'; }, { once: true });
}
