// Mounts the window. The styles come first, from the general to the special: a screen's own come with its component.
import { mount } from 'svelte';
import './style/tokens.css';
import './style/base.css';
import './components/components.css';
import './components/blocks.css';
import './app/app.css';
import App from './app/App.svelte';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no element with the id "app".');

mount(App, { target });
