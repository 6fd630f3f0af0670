/** The form: settings of a run, from and to the form and the address of the page. */

import { accuracyText, plural } from './text.js';

const $ = id => document.getElementById(id);
const FIELDS = ['token', 'model', 'condition', 'guidance', 'accuracy', 'budget', 'seed'];

export class SettingsForm {
  #models = [];
  /** The ids of the texts that describe each field. */
  #described = new Map(FIELDS.map(name => [name, $(name).getAttribute('aria-describedby')]));

  /** `changed` is called whenever a setting may have changed. */
  constructor(changed) {
    this.form = $('settings');
    this.form.addEventListener('input', () => {
      this.#dependent();
      changed();
    });
  }

  /** Offers models, and selects the one with this name or the first. */
  offer(models, name) {
    this.#models = models;
    $('model').replaceChildren(...models.map(m => new Option(m.name, m.name)));
    if (models.some(m => m.name === name)) $('model').value = name;
    this.#dependent();
  }

  /** The model that is selected. */
  get model() {
    return this.#models.find(m => m.name === $('model').value);
  }

  /** Samples a second. */
  get pace() {
    return Number($('pace').value);
  }

  set pace(pace) {
    $('pace').value = String(pace);
  }

  /** Whether the form asks for the token of the service. */
  get asksToken() {
    return !$('token-field').hidden;
  }

  /** The token that the reader has entered. */
  get token() {
    return $('token').value;
  }

  /** Shows the field for the token; without models there is nothing else to set. */
  askToken() {
    $('token-field').hidden = false;
    $('token').value = '';
    this.form.classList.toggle('locked', this.#models.length === 0);
  }

  /** Hides the field for the token. */
  acceptToken() {
    $('token-field').hidden = true;
    this.form.classList.remove('locked');
  }

  /** The settings of the form: model, condition, guidance, tolerance or budget, seed; all as text, "" for none. */
  read() {
    const budget = $('accuracy').value === 'budget';
    const guidance = $('guidance-field').hidden ? '' : $('guidance').value.trim();
    return {
      model: $('model').value,
      condition: $('condition').value,
      guidance: guidance === '1' ? '' : guidance,
      tolerance: budget ? '' : $('accuracy').value,
      budget: budget ? $('budget').value.trim() : '',
      seed: $('seed').value.trim(),
    };
  }

  /** Fills the form with the settings of a link. */
  fill(link) {
    if (link.has('condition')) {
      const condition = $('condition');
      choose(condition, link.get('condition'), link.get('condition'));
    }
    if (link.has('guidance')) $('guidance').value = link.get('guidance');
    if (link.has('budget')) {
      $('accuracy').value = 'budget';
      $('budget').value = link.get('budget');
    } else if (link.has('tolerance')) {
      choose($('accuracy'), link.get('tolerance'), `Tolerance ${link.get('tolerance')}`);
    }
    if (link.has('seed')) $('seed').value = link.get('seed');
    this.#dependent();
  }

  /** Marks the field that a problem is about; null marks none. */
  mark(field) {
    const names = { tolerance: 'accuracy' };
    const wrong = names[field] ?? field;
    for (const name of FIELDS) {
      const input = $(name);
      if (name === wrong) {
        input.setAttribute('aria-invalid', 'true');
        input.setAttribute('aria-describedby', ['problem', this.#described.get(name) ?? ''].join(' ').trim());
      } else if (input.hasAttribute('aria-invalid')) {
        input.removeAttribute('aria-invalid');
        if (this.#described.get(name)) input.setAttribute('aria-describedby', this.#described.get(name));
        else input.removeAttribute('aria-describedby');
      }
    }
  }

  /** Shows what depends on other settings. */
  #dependent() {
    const model = this.model;
    if (!model) return;
    $('model-note').textContent = model.description ?? '';
    const condition = $('condition');
    if (condition.dataset.model !== model.name) {
      condition.dataset.model = model.name;
      condition.replaceChildren(new Option('Any', ''), ...model.conditions.map(name => new Option(name, name)));
    }
    $('condition-field').hidden = model.conditions.length === 0;
    $('guidance-field').hidden = !model.guidance || condition.value === '';
    $('budget-field').hidden = $('accuracy').value !== 'budget';
  }
}

/** The address of the page that draws a picture again. */
export function pictureLink(settings, count) {
  const link = new URLSearchParams();
  for (const [name, value] of Object.entries(settings)) {
    if (value !== '') link.set(name, value);
  }
  link.set('count', count);
  return `${location.origin}${location.pathname}?${link}`;
}

/** A picture in words: "ring8, tolerance 1e-4, seed 0, 24 samples". */
export function pictureText(settings, count) {
  const parts = [settings.model];
  if (settings.condition) parts.push(`class ${settings.condition}`);
  if (settings.guidance) parts.push(`guidance ${settings.guidance}`);
  parts.push(accuracyText(settings), `seed ${settings.seed}`, plural(count, 'sample'));
  return parts.join(', ');
}

/** Selects a value, which is added if it is not among the choices. */
function choose(select, value, label) {
  if (![...select.options].some(option => option.value === value)) select.add(new Option(label, value));
  select.value = value;
}
